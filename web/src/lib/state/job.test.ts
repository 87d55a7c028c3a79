import { describe, expect, it, vi } from "vitest";
import type { LinesHandler } from "$lib/api/live-lines";
import { ProblemError, UnreachableError } from "$lib/api/problem";
import type { JobDraft, JobView, RecipeView } from "$lib/api/types";
import { JobState } from "./job.svelte";
import { viewOf as view } from "./jobForTests";

function problem(status: number) {
  return new ProblemError({
    type: "about:blank",
    title: "",
    status,
    detail: "No.",
    code: "x",
    field: "",
    next_step: "",
    problems: [],
  });
}

function followed() {
  const heard: { job?: (view: JobView | null) => void; events?: LinesHandler } = {};
  const left: string[] = [];
  const live = {
    job: (_id: string, handler: (view: JobView | null) => void) => {
      heard.job = handler;
      return () => left.push("job");
    },
    events: (_id: string, _offset: number, handler: LinesHandler) => {
      heard.events = handler;
      return () => left.push("events");
    },
  };
  const control = {
    job: vi.fn(() => Promise.resolve(view())),
    start: vi.fn(() => Promise.resolve(view())),
    save: vi.fn(() => Promise.resolve(view({ can_save: true, saving: 5 }))),
    stop: vi.fn(() => Promise.resolve(view({ stopping: "save" }))),
    resume: vi.fn(() => Promise.resolve(view({ attempt: 2, state: "queued" }))),
    push: vi.fn(() => Promise.resolve(view())),
    remove: vi.fn(() => Promise.resolve()),
    copy: vi.fn(() => Promise.resolve({ recipe: "piper" } as JobDraft)),
    recipe: vi.fn(() => Promise.resolve({ name: "piper" } as RecipeView)),
  };
  const job = new JobState(control, live, "20261122-1");
  return { job, control, heard, left };
}

describe("a job", () => {
  it("is asked for, and heard of from then on", async () => {
    const { job, heard, left } = followed();
    const leave = job.follow();
    expect(job.status).toBe("loading");
    await vi.waitFor(() => {
      expect(job.status).toBe("ready");
    });
    heard.job?.(view({ state: "succeeded", name: "" }));
    expect(job.ended).toBe(true);
    expect(job.title).toBe("20261122-1");
    leave();
    expect(left).toEqual(["job", "events"]);
  });

  it("never goes back to an older answer", async () => {
    const { job, control, heard } = followed();
    let answer: (view: JobView) => void = () => undefined;
    control.job.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    job.follow();
    heard.job?.(view({ state: "succeeded" }));
    answer(view({ state: "training" }));
    await Promise.resolve();
    await Promise.resolve();
    expect(job.view.state).toBe("succeeded");
  });

  it("is gone when it never was, and when it was deleted elsewhere", async () => {
    const { job, control, heard } = followed();
    control.job.mockRejectedValueOnce(problem(404));
    job.follow();
    await vi.waitFor(() => {
      expect(job.status).toBe("gone");
    });
    heard.job?.(view()); // one of that id was made
    expect(job.status).toBe("ready");
    heard.job?.(null);
    expect(job.status).toBe("gone");
    expect(job.found?.name).toBe("first");
  });

  it("says why it could not be loaded, until it is heard of", async () => {
    const { job, control, heard } = followed();
    control.job.mockRejectedValueOnce(new UnreachableError("no"));
    job.follow();
    await vi.waitFor(() => {
      expect(job.status).toBe("failed");
    });
    expect(job.error).toBeInstanceOf(UnreachableError);
    heard.job?.(view());
    expect(job.status).toBe("ready");
    expect(job.error).toBeNull();
  });

  it("keeps what happened in order, and begins again with the file", () => {
    const { job, heard } = followed();
    job.follow();
    heard.events?.lines([{ t: 1, event: "attempt", attempt: 1, offset: 0 }], 10, false);
    heard.events?.lines([{ t: 2, event: "state", state: "training" }], 20, false);
    expect(job.events).toEqual([
      { t: 1, event: "attempt", about: { attempt: 1, offset: 0 } },
      { t: 2, event: "state", about: { state: "training" } },
    ]);
    heard.events?.lines([], 0, true);
    expect(job.events).toEqual([]);
    heard.events?.lines([{ t: 3, event: "end" }], 30, false);
    job.follow(); // hears all of them again
    expect(job.events).toEqual([]);
  });

  it("says how far it is, by steps or else by epochs", () => {
    const { job, heard } = followed();
    job.follow();
    expect(job.share).toBeNull();
    heard.job?.(view());
    expect(job.share).toBe(0.3);
    const none = {
      step: null,
      steps: null,
      epoch: null,
      epochs: null,
      epoch_steps: null,
      seconds_left: null,
      caching: null,
    };
    heard.job?.(view({ progress: { ...none, epoch: 5, epochs: 10 } }));
    expect(job.share).toBe(0.5);
    heard.job?.(view({ progress: { ...none, step: 5 } }));
    expect(job.share).toBeNull();
  });

  it("knows what time is left only while it trains", () => {
    const { job, heard } = followed();
    job.follow();
    heard.job?.(view());
    expect(job.timeLeft.seconds(Date.now() / 1000)).toBeCloseTo(600, 0);
    heard.job?.(view({ state: "finishing" }));
    expect(job.timeLeft.seconds(Date.now() / 1000)).toBeNull();
  });
});

describe("what one can do with a job", () => {
  it("shows the outcome at once", async () => {
    const { job, control, heard } = followed();
    job.follow();
    heard.job?.(view());
    const stopping = job.stop("save");
    expect(job.busy).toBe("stop");
    await stopping;
    expect(job.busy).toBeNull();
    expect(job.view.stopping).toBe("save");
    expect(control.stop).toHaveBeenCalledWith("20261122-1", "save");
    await job.resume({ epochs: 20 });
    expect(control.resume).toHaveBeenCalledWith("20261122-1", { overrides: { epochs: 20 } });
    expect(job.view.attempt).toBe(2);
  });

  it("is no longer under way when it was refused", async () => {
    const { job, control, heard } = followed();
    job.follow();
    heard.job?.(view());
    control.stop.mockRejectedValueOnce(problem(409));
    await expect(job.stop("now")).rejects.toThrow("No.");
    expect(job.busy).toBeNull();
  });

  it("is gone once it was deleted", async () => {
    const { job, heard } = followed();
    job.follow();
    heard.job?.(view({ state: "succeeded" }));
    await job.remove();
    expect(job.status).toBe("gone");
  });

  it("is described once an attempt", async () => {
    const { job, control, heard } = followed();
    job.follow();
    heard.job?.(view());
    await job.describe();
    await job.describe();
    expect(control.copy).toHaveBeenCalledTimes(1);
    heard.job?.(view({ attempt: 2 }));
    await job.describe();
    expect(control.copy).toHaveBeenCalledTimes(2);
    expect(control.recipe).toHaveBeenCalledTimes(1);
    expect(job.recipe?.name).toBe("piper");
  });
});

describe("a checkpoint that is asked for", () => {
  const line = (event: string, more: object = {}) => ({ t: 1, event, ...more });

  async function asked() {
    const { job, heard } = followed();
    job.follow();
    await vi.waitFor(() => {
      expect(job.status).toBe("ready");
    });
    heard.events?.lines([line("checkpoint", { step: 1 })], 1, false);
    expect(job.saving).toBe(false);
    const told = job.save();
    await vi.waitFor(() => {
      expect(job.view.saving).toBe(5);
    });
    return { job, heard, told };
  }

  it("is awaited until an event tells of it", async () => {
    const { job, heard, told } = await asked();
    heard.job?.(view({ can_save: true, saving: null })); // the state may be heard of first
    expect(job.saving).toBe(true);
    heard.events?.lines([line("saved"), line("warning", { cause: null })], 2, false);
    heard.events?.lines([line("checkpoint", { step: 24 })], 3, false);
    expect((await told).about).toEqual({ step: 24 });
    expect(job.saving).toBe(false);
  });

  it("that doesn't come is told too", async () => {
    const { job, heard, told } = await asked();
    heard.events?.lines([line("warning", { cause: { code: "not-saved" } })], 2, false);
    expect((await told).event).toBe("warning");
    heard.job?.(view({ can_save: true, saving: null }));
    expect(job.saving).toBe(false);
  });

  it("is not awaited of a job that has ended", async () => {
    const { job, heard } = await asked();
    heard.job?.(view({ state: "stopped", saving: null }));
    expect(job.saving).toBe(false);
  });

  it("that somebody else asked for is shown as well", () => {
    const { job, heard } = followed();
    job.follow();
    heard.job?.(view({ can_save: true, saving: 5 }));
    expect(job.saving).toBe(true);
  });
});
