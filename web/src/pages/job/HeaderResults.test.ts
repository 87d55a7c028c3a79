import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { JobView } from "$lib/api/types";
import { jobOf, podOf, viewOf, waitFor } from "$lib/state/jobForTests";
import { questions } from "$lib/state/questions.svelte";
import HeaderWaiting from "./HeaderWaiting.svelte";

function show(more: Partial<JobView> = {}, collect = true) {
  const { job, control } = jobOf(
    viewOf({
      compute: "runpod",
      state: "finishing",
      waiting: waitFor("results"),
      pod: podOf(),
      outputs: [{ path: "outputs/voice.onnx", bytes: 5 }],
      ...more,
    }),
    [],
    { links: false, collect },
  );
  render(HeaderWaiting, { job });
  return control;
}

const end = () => screen.getByRole("button", { name: "I have all I need: end the pod" });

describe("results that wait in a pod", () => {
  it("can be fetched from there, and cost until the pod is ended", async () => {
    const saved = vi
      .spyOn(HTMLAnchorElement.prototype, "click")
      .mockImplementation(() => undefined);
    const control = show();
    expect(screen.getByRole("status").textContent).toContain("$0.36 an hour");
    await userEvent.click(screen.getByRole("button", { name: "Download the results" }));
    expect(control.open).toHaveBeenCalledExactlyOnceWith("20261122-1", "outputs/voice.onnx");
    expect(saved).toHaveBeenCalledOnce();
    expect(control.stop).not.toHaveBeenCalled();
  });

  it("of a job that failed are what it made by then", () => {
    show({ outcome: "failed" });
    expect(screen.getByText("What it made by then waits in the pod")).toBeTruthy();
  });

  it("are given up only after a question", async () => {
    const control = show();
    await userEvent.click(end());
    expect(questions.current?.lost).toEqual(["Every file that was neither downloaded nor pushed"]);
    questions.answer(false);
    expect(control.stop).not.toHaveBeenCalled();
    await userEvent.click(end());
    questions.answer(true);
    await vi.waitFor(() => {
      expect(control.stop).toHaveBeenCalledExactlyOnceWith("20261122-1", "save");
    });
  });

  it("are safe where they were pushed", () => {
    show({ repository: { name: "anna/voice", url: "https://hub/anna/voice" } });
    expect(screen.getByRole("status").textContent).toContain("They were pushed to anna/voice");
  });

  it("come home by themselves where somebody brings them", () => {
    show({}, false);
    expect(screen.getByText("The training is over; results are on their way home")).toBeTruthy();
    expect(screen.queryByRole("button")).toBeNull();
  });
});
