import { vi } from "vitest";
import type { Abilities, Control } from "$lib/api/control";
import type { JobDraft, JobEvent, JobPod, JobView, RecipeView, StepView } from "$lib/api/types";
import { JobState } from "./job.svelte";

type Waits = NonNullable<JobView["waiting"]>;

/** What a job waits for, as the server says it in full. */
export function waitFor(what: string, more: Partial<Waits> = {}): Waits {
  return { for: what, before: 0, said: "", upload: null, names: [], since: null, ...more };
}

/** A pod of 36 cents an hour, made at second 1. */
export function podOf(more: Partial<JobPod> = {}): JobPod {
  return {
    id: "p0d",
    name: "tuneyard-0badcafe-20261122-1",
    gpu: "RTX A5000",
    gpu_count: 1,
    cloud: "community",
    dollars_an_hour: 0.36,
    spent: 0,
    created: 1,
    ended: null,
    deadline: 21_601,
    url: "https://console.runpod.io/pods?id=p0d",
    ...more,
  };
}

/** A job as the server shows it; a training that is under way. */
export function viewOf(more: Partial<JobView> = {}): JobView {
  return {
    format: 1,
    id: "20261122-1",
    name: "first",
    recipe: "piper",
    compute: "local",
    state: "training",
    outcome: null,
    attempt: 1,
    created: 1,
    started: 1,
    ended: null,
    progress: {
      step: 30,
      steps: 100,
      epoch: 3,
      epochs: 10,
      epoch_steps: 10,
      seconds_left: 600,
      caching: null,
    },
    figure: { loss_g: 1.5 },
    needs: [],
    waiting: null,
    stopping: null,
    cause: null,
    folder: "/jobs/1",
    repository: null,
    phase: "train",
    attempts: [],
    steps: [],
    can_save: false,
    saving: null,
    warnings: [],
    fix: {},
    outputs: [],
    samples: [],
    sampled: true,
    pod: null,
    log: { path: "output.log", bytes: 1 },
    ...more,
  };
}

export function stepOf(more: Partial<StepView> = {}): StepView {
  return {
    n: 1,
    name: "train",
    title: "Train the voice",
    phase: "train",
    state: "running",
    exit: null,
    seconds: null,
    attempt: 1,
    ...more,
  };
}

/** A job that was heard of, and what its page asks for. */
export function jobOf(
  view: JobView,
  events: readonly JobEvent[] = [],
  can: Partial<Abilities> = {},
) {
  const taken = () => Promise.resolve(view);
  const control = {
    can: { links: true, collect: false, ...can },
    open: vi.fn((_id: string, path: string) =>
      Promise.resolve({ address: `blob:${path}`, release: () => undefined }),
    ),
    job: vi.fn(taken),
    start: vi.fn(taken),
    save: vi.fn(taken),
    stop: vi.fn(taken),
    resume: vi.fn(taken),
    push: vi.fn(taken),
    remove: vi.fn(() => Promise.resolve()),
    copy: vi.fn(() =>
      Promise.resolve({ recipe: "piper", settings: { batch_size: 8 } } as unknown as JobDraft),
    ),
    recipe: vi.fn(() =>
      Promise.resolve({
        name: "piper",
        changeable: ["batch_size"],
        choices: [],
        schema: {
          properties: { batch_size: { type: "integer", title: "Batch size", minimum: 1 } },
        },
      } as unknown as RecipeView),
    ),
    jobFileAddress: vi.fn(() => "/file"),
    log: vi.fn(() =>
      Promise.resolve({
        bytes: new TextEncoder().encode("one\ntwo\nout of memory\n"),
        start: 0,
        next: 22,
        size: 22,
        reset: false,
      }),
    ),
    secrets: vi.fn(() => Promise.resolve([])),
    keepSecret: vi.fn(() => Promise.resolve()),
  };
  const live = { job: () => () => undefined, events: () => () => undefined };
  const job = new JobState(control as unknown as Control, live, view.id);
  job.found = view;
  job.status = "ready";
  job.events = events;
  return { job, control };
}
