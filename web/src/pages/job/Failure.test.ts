import { render, screen } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import Failure from "./Failure.svelte";
import { jobOf, stepOf, viewOf } from "$lib/state/jobForTests";

const cause = {
  code: "gpu-memory",
  sentence: "Out of GPU memory.",
  next_step: "Lower the batch size; then resume.",
  fix: { batch_size: "half" },
  lines: ["out of memory"],
};
const failed = () =>
  viewOf({
    state: "failed",
    ended: 200,
    cause,
    steps: [stepOf({ state: "failed", exit: 1, seconds: 90 })],
  });
const kept = { t: 5, event: "checkpoint", about: { epochs_trained: 2, step: 20 } };

describe("a job that failed", () => {
  it("says what happened, the likely cause, and the last lines", async () => {
    render(Failure, { job: jobOf(failed(), [kept]).job });
    expect(screen.getByRole("heading").textContent).toBe(
      "“Train the voice” failed after 2 min, at epoch 3.",
    );
    expect(screen.getByText(/Out of GPU memory/)).toBeTruthy();
    expect(screen.getByText(/checkpoint of epoch 2/)).toBeTruthy();
    expect(await screen.findByText("two")).toBeTruthy();
    expect(screen.getByText("out of memory").className).toContain("font-semibold");
  });

  it("follows the advice at a press, with values made of what was asked", async () => {
    const { job, control } = jobOf(failed());
    render(Failure, { job });
    const button = await screen.findByRole("button", { name: "Set batch size to 4, and resume" });
    await userEvent.click(button);
    expect(control.resume).toHaveBeenCalledWith("20261122-1", { overrides: { batch_size: 4 } });
  });

  it("resumes as it was where advice is in words alone", async () => {
    const plain = { ...failed(), cause: { ...cause, fix: {} } };
    const { job, control } = jobOf(plain);
    render(Failure, { job });
    await userEvent.click(screen.getByRole("button", { name: "Resume" }));
    expect(control.resume).toHaveBeenCalledWith("20261122-1", { overrides: {} });
    expect(control.copy).not.toHaveBeenCalled();
  });

  it("does with its cause's lines where the log can't be read", async () => {
    const { job, control } = jobOf(failed());
    control.log.mockRejectedValue(new Error("gone"));
    render(Failure, { job });
    expect(await screen.findByText("out of memory")).toBeTruthy();
  });

  it("leads to its step in the log", () => {
    const begin = { t: 2, event: "step", about: { n: 1, offset: 777 } };
    render(Failure, { job: jobOf(failed(), [begin]).job });
    expect(screen.getByRole("link").getAttribute("href")).toBe("/jobs/20261122-1/log?at=777");
  });
});

describe("other ends", () => {
  it("of a job that is lost are no failure", () => {
    render(Failure, { job: jobOf(viewOf({ state: "lost", ended: 9 }), [kept]).job });
    expect(screen.getByRole("heading").textContent).toBe("Nobody knows how this job ended");
    expect(screen.queryByText(/failed/)).toBeNull();
    expect(screen.getByRole("button", { name: "Resume" })).toBeTruthy();
  });

  it("of a job that was stopped are calm", () => {
    render(Failure, { job: jobOf(viewOf({ state: "stopped", ended: 9 }), [kept]).job });
    expect(screen.getByText(/checkpoint of epoch 2 is kept/)).toBeTruthy();
    expect(screen.queryByRole("figure")).toBeNull();
  });
});

describe("of what was rented", () => {
  const ended = (code: string, sentence: string, more = {}) =>
    viewOf({
      compute: "runpod",
      state: "failed",
      ended: 9,
      cause: { code, sentence, next_step: "Resume it.", fix: {}, lines: [] },
      log: { path: "output.log", bytes: 0 },
      ...more,
    });

  it("lost results are said loudly, and are no plain failure", () => {
    render(Failure, { job: jobOf(ended("results-lost", "The pod was gone too soon.")).job });
    const alert = screen.getByRole("alert");
    expect(alert.textContent).toMatch(/The results are lost/);
    expect(alert.textContent).toMatch(/The pod was gone too soon\./);
    expect(alert.textContent).toMatch(/Resume it\./);
  });

  it("the cause is what happened, and there is no log to read", () => {
    render(Failure, { job: jobOf(ended("no-capacity", "No GPU was free.")).job });
    expect(screen.getByRole("heading").textContent).toBe("No GPU was free.");
    expect(screen.queryByText(/Likely cause/)).toBeNull();
    expect(screen.queryByRole("figure")).toBeNull();
    expect(screen.queryByRole("link")).toBeNull();
  });

  it("a failure is told while its pod is still there, and resumed only after that", () => {
    const cause = { code: "oom", sentence: "Out of memory.", next_step: "", fix: {}, lines: [] };
    const waits = () => viewOf({ compute: "runpod", state: "finishing", outcome: "failed", cause });
    const { unmount } = render(Failure, { job: jobOf(waits(), [], { collect: true }).job });
    expect(screen.getByRole("heading").textContent).toBe("Out of memory.");
    expect(screen.getByText(/waits for you to fetch what there is/)).toBeTruthy();
    expect(screen.queryByRole("button")).toBeNull();
    unmount();
    render(Failure, { job: jobOf(waits(), [], { collect: false }).job });
    expect(screen.getByText(/What there is comes home now/)).toBeTruthy();
  });

  it("a pod that is gone is lost, with what to do", () => {
    const view = ended("pod-gone", "The pod is gone.", { state: "lost" });
    render(Failure, { job: jobOf(view).job });
    expect(screen.getByRole("heading").textContent).toBe("The pod is gone.");
    expect(screen.getByText("Resume it.")).toBeTruthy();
  });
});
