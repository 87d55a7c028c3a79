import { render, screen } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { JobDraft, RecipeView } from "$lib/api/types";
import { questions } from "$lib/state/questions.svelte";
import { jobOf, podOf, viewOf } from "$lib/state/jobForTests";
import Stop from "./Stop.svelte";

afterEach(() => {
  questions.answer(false);
});

async function choose(item: string) {
  await userEvent.click(screen.getByRole("button", { name: /Stop/ }));
  await userEvent.click(screen.getByRole("menuitem", { name: new RegExp(item) }));
}

const asked = () =>
  vi.waitFor(() => {
    const { current } = questions;
    if (!current) throw new Error("nothing was asked");
    return current;
  });

describe("stopping", () => {
  it("at once says first what is lost", async () => {
    const saved = Date.now() / 1000 - 300;
    const kept = { t: saved, event: "checkpoint", about: { epochs_trained: 2, step: 20 } };
    const { job, control } = jobOf(viewOf(), [kept]);
    render(Stop, { job });
    await choose("Stop now");
    const question = await asked();
    expect(question.danger).toBe(true);
    expect(question.lost?.[0]).toMatch(/since epoch 2, saved 5 min/);
    expect(control.stop).not.toHaveBeenCalled();
    questions.answer(true);
    await vi.waitFor(() => {
      expect(control.stop).toHaveBeenCalledWith("20261122-1", "now");
    });
  });

  it("at once loses all where nothing was saved", async () => {
    render(Stop, { job: jobOf(viewOf()).job });
    await choose("Stop now");
    expect((await asked()).lost).toEqual(["All that was trained so far"]);
  });

  it("with saving asks too, and does nothing when told not to", async () => {
    const { job, control } = jobOf(viewOf());
    render(Stop, { job });
    await choose("Stop and save");
    expect((await asked()).lost).toBeUndefined();
    questions.answer(false);
    await Promise.resolve();
    expect(control.stop).not.toHaveBeenCalled();
  });

  it("with saving says what its recipe adds, as soon as that is known", async () => {
    const { job, control } = jobOf(viewOf());
    let answer: (draft: JobDraft) => void = () => undefined;
    control.copy.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    control.recipe.mockResolvedValue({
      name: "pictures",
      schema: {
        properties: {
          kept: { type: "boolean", at_stop: "One more is saved." },
          told: { type: "boolean", at_stop: "All are told." },
        },
      },
    } as unknown as RecipeView);
    render(Stop, { job });
    await choose("Stop and save");
    const { text } = await asked();
    expect(text).not.toContain("One more");
    answer({ settings: { kept: true, told: false } } as unknown as JobDraft);
    await vi.waitFor(async () => {
      expect((await asked()).text).toBe(`${text} One more is saved.`);
    });
  });

  it("a job that waits loses nothing and asks nothing", async () => {
    const { job, control } = jobOf(viewOf({ state: "queued" }));
    render(Stop, { job });
    await choose("Take out of the line");
    expect(control.stop).toHaveBeenCalledWith("20261122-1", "save");
    expect(questions.current).toBeNull();
  });

  it("before it trains there is nothing to save", async () => {
    const view = viewOf({ state: "preparing" });
    render(Stop, { job: jobOf({ ...view, progress: { ...view.progress, step: null } }).job });
    await userEvent.click(screen.getByRole("button", { name: /Stop/ }));
    expect(screen.getByText(/Training has not begun; nothing is lost/)).toBeTruthy();
    expect(screen.queryByText(/Saves a checkpoint first/)).toBeNull();
  });

  it("what is rented says that the pod ends, and what is only there", async () => {
    const view = viewOf({ compute: "runpod", pod: podOf() });
    const { job } = jobOf(view);
    const { unmount } = render(Stop, { job });
    await userEvent.click(screen.getByRole("button", { name: /Stop/ }));
    expect(screen.getByText(/brings it home, and ends the pod/)).toBeTruthy();
    await userEvent.click(screen.getByRole("menuitem", { name: /Stop now/ }));
    expect((await asked()).lost).toEqual([
      "All that was trained so far",
      "Samples and checkpoints that are only in the pod",
    ]);
    unmount();
  });

  it("before it trains ends the pod and asks nothing", async () => {
    const { job, control } = jobOf(viewOf({ compute: "runpod", state: "provisioning" }));
    render(Stop, { job });
    await choose("Stop and end the pod");
    expect(control.stop).toHaveBeenCalledWith("20261122-1", "save");
    expect(questions.current).toBeNull();
  });

  it("that is under way can only be hurried", async () => {
    render(Stop, { job: jobOf(viewOf({ stopping: "save" })).job });
    await userEvent.click(screen.getByRole("button", { name: /Stopping/ }));
    expect(screen.getAllByRole("menuitem").map((item) => item.textContent.trim())).toEqual([
      expect.stringMatching(/^Stop now/),
    ]);
  });
});
