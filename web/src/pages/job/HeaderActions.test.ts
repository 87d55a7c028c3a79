import { render, screen } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { JobEvent } from "$lib/api/types";
import { jobOf, viewOf } from "$lib/state/jobForTests";
import { toasts } from "$lib/state/toasts.svelte";
import HeaderActions from "./HeaderActions.svelte";

afterEach(() => {
  vi.restoreAllMocks();
});

async function open() {
  await userEvent.click(screen.getByRole("button", { name: "More for this job" }));
}

const item = (name: RegExp) => screen.queryByRole("menuitem", { name });

describe("saving a checkpoint", () => {
  it("is offered only where it can be", async () => {
    render(HeaderActions, { job: jobOf(viewOf()).job });
    await open();
    expect(item(/Delete/)).toBeTruthy();
    expect(item(/Save a checkpoint/)).toBeNull();
  });

  it.each<[JobEvent, string, string]>([
    [
      { t: 1, event: "checkpoint", about: { step: 24, epoch: 3 } },
      "A checkpoint was saved at step 24",
      "good",
    ],
    [{ t: 1, event: "checkpoint", about: {} }, "A checkpoint was saved", "good"],
    [
      { t: 1, event: "warning", about: { cause: { code: "not-saved" } } },
      "No checkpoint was saved",
      "error",
    ],
  ])("asks for it, and says what came of it", async (event, text, kind) => {
    const { job, control } = jobOf(viewOf({ can_save: true }));
    vi.spyOn(job, "save").mockImplementation(async () => {
      await control.save();
      return event;
    });
    const said = vi.spyOn(toasts, "say");
    render(HeaderActions, { job });
    await open();
    await userEvent.click(screen.getByRole("menuitem", { name: /Save a checkpoint now/ }));
    expect(control.save).toHaveBeenCalledOnce();
    expect(said).toHaveBeenCalledWith(text, { kind });
  });

  it("that is under way is not asked for again", async () => {
    render(HeaderActions, { job: jobOf(viewOf({ can_save: true, saving: 5 })).job });
    await open();
    const saving = screen.getByRole("menuitem", { name: /Saving a checkpoint…/ });
    expect(saving.getAttribute("aria-disabled") ?? saving.hasAttribute("disabled")).toBeTruthy();
  });
});
