import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ListedJob } from "$lib/api/types";
import { everything } from "$lib/state/jobFilter";
import { Jobs } from "$lib/state/jobs.svelte";
import { jobPage, jobRow } from "$lib/state/jobsForTests";
import { Selection } from "$lib/state/selection.svelte";
import JobList from "./JobList.svelte";

let selection: Selection;
const ondeed = vi.fn();

beforeEach(() => {
  selection = new Selection();
  ondeed.mockClear();
});

async function shown(rows: ListedJob[], total = rows.length) {
  const jobs = new Jobs({ jobs: () => Promise.resolve({ ...jobPage(rows), total }) });
  await jobs.show(everything);
  render(JobList, { jobs, selection, picking: false, ondeed });
  return { jobs, user: userEvent.setup() };
}

const five = ["e", "d", "c", "b", "a"].map((id) => jobRow(id));
const box = (name: string) => screen.getByRole("checkbox", { name: `Select ${name}` });
const link = (name: string) => screen.getByRole("link", { name });

describe("selecting", () => {
  it("takes all between two boxes with shift", async () => {
    const { user } = await shown(five);
    await user.click(box("d"));
    await user.keyboard("{Shift>}");
    await user.click(box("b"));
    await user.keyboard("{/Shift}");
    expect(selection.ids.sort()).toEqual(["b", "c", "d"]);
  });

  it("takes a range by pressing rows with shift, and opens none", async () => {
    const { user } = await shown(five);
    const taken: boolean[] = [];
    const listening = new AbortController();
    const note = (event: Event) => taken.push(event.defaultPrevented);
    document.body.addEventListener("click", note, { signal: listening.signal });
    await user.keyboard("{Shift>}");
    await user.click(link("e"));
    await user.click(link("c"));
    await user.keyboard("{/Shift}");
    expect(selection.ids.sort()).toEqual(["c", "d", "e"]);
    listening.abort();
    expect(taken).toEqual([true, true]);
  });

  it("goes with the arrow keys, and takes along with shift", async () => {
    const { user } = await shown(five);
    link("e").focus();
    await user.keyboard("{ArrowDown}");
    expect(document.activeElement).toBe(link("d"));
    await user.keyboard("{Shift>}{ArrowDown}{ArrowDown}{/Shift}");
    expect(document.activeElement).toBe(link("b"));
    expect(selection.ids.sort()).toEqual(["b", "c", "d"]);
    await user.keyboard("{ArrowDown}{ArrowDown}{ArrowDown}");
    expect(document.activeElement).toBe(link("a"));
  });
});

describe("a row", () => {
  const item = (name: string) => link(name).closest("li") as HTMLElement;

  it("offers what can be done with its job, and tells which was chosen", async () => {
    const running = jobRow("r", { state: "training" });
    const { user } = await shown([running]);
    await user.click(screen.getByRole("button", { name: "More for r" }));
    const names = screen.getAllByRole("menuitem").map((each) => each.textContent.trim());
    expect(names.join("|")).toMatch(/^Stop and save.*\|Stop now.*\|New job from this one$/);
    await user.click(screen.getByRole("menuitem", { name: /Stop and save/ }));
    expect(ondeed).toHaveBeenCalledExactlyOnceWith("save", expect.objectContaining({ id: "r" }));
  });

  it("says its state in words, its progress and its figure", async () => {
    await shown([
      jobRow("r", {
        state: "training",
        progress: {
          step: 61,
          steps: 100,
          epoch: null,
          epochs: null,
          epoch_steps: null,
          seconds_left: 720,
          caching: null,
        },
        figure: { loss: 1.42 },
      }),
    ]);
    const row = within(item("r"));
    expect(row.getAllByText("training").length).toBeGreaterThan(0);
    expect(row.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("61");
    expect(item("r").textContent).toMatch(/10 min left/);
    expect(item("r").textContent).toMatch(/loss\s*1.42/);
  });

  it("says why it failed, with the way to the whole story", async () => {
    const cause = { code: "oom", sentence: "Out of memory.", next_step: "", fix: {}, lines: [] };
    await shown([jobRow("f", { state: "failed", cause })]);
    expect(item("f").textContent).toContain("Out of memory.");
    expect(screen.getByRole("link", { name: "See why: f" }).getAttribute("href")).toBe("/jobs/f");
  });

  it("shows a name of markup as the text that it is", async () => {
    await shown([jobRow("x", { name: "<img src=x onerror=alert(1)>" })]);
    expect(link("<img src=x onerror=alert(1)>")).toBeTruthy();
    expect(document.querySelector("li img")).toBeNull();
  });
});

it("offers the rest of a long list", async () => {
  const { jobs, user } = await shown(five, 120);
  const next = vi.spyOn(jobs, "next").mockResolvedValue();
  await user.click(screen.getByRole("button", { name: /^Show \d+ more$/ }));
  expect(next).toHaveBeenCalledOnce();
});
