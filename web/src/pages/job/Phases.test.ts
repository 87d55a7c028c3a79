import { render, screen, within } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { jobOf, stepOf, viewOf } from "$lib/state/jobForTests";
import Phases from "./Phases.svelte";

const view = viewOf({
  attempt: 2,
  steps: [
    stepOf({ n: 1, title: "Fetch", phase: "prepare", state: "done", exit: 0, seconds: 8 }),
    stepOf({
      n: 2,
      title: "Check",
      phase: "prepare",
      state: "done",
      exit: 0,
      seconds: 2,
      attempt: 2,
    }),
    stepOf({ n: 3, title: "Train", state: "failed", exit: -9, seconds: 65, attempt: 2 }),
  ],
});
const events = [{ t: 1, event: "step", about: { n: 1, offset: 5 } }];

describe("phases", () => {
  it("say how far each is and what it took", () => {
    render(Phases, { job: jobOf(view, events).job });
    const said = screen
      .getAllByRole("button")
      .map((each) => each.textContent.replaceAll(/\s+/g, " "));
    expect(said.map((text) => text.trim())).toEqual([
      "prepare done 0:10",
      "train failed 1:05",
      "finish not begun",
    ]);
  });

  it("show their steps on a press, with how they ended, and hide them again", async () => {
    render(Phases, { job: jobOf(view, events).job });
    await userEvent.click(screen.getByRole("button", { name: /prepare/ }));
    const steps = within(screen.getByRole("list", { name: /prepare/ })).getAllByRole("listitem");
    expect(steps[0]?.textContent).toContain("done in attempt 1");
    expect(steps[1]?.textContent).not.toContain("attempt");
    expect(screen.getByRole("link", { name: /Fetch/ }).getAttribute("href")).toBe(
      "/jobs/20261122-1/log?at=5",
    );
    await userEvent.click(screen.getByRole("button", { name: /train/ }));
    expect(screen.getByText("killed by signal 9")).toBeTruthy();
    await userEvent.keyboard("{Escape}");
    expect(screen.queryByText("killed by signal 9")).toBeNull();
  });

  it("show the training's progress while it runs", () => {
    render(Phases, { job: jobOf(viewOf({ steps: [stepOf()] })).job });
    expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("30");
  });
});
