import type { State } from "$lib/api/types";
import type { IconName } from "./icons";

export type Tone = "accent" | "good" | "bad" | "warn" | "odd" | "grey";

/** How a state looks; its word comes from the texts. */
export const looks: Readonly<Record<State, { icon: IconName; tone: Tone }>> = {
  queued: { icon: "waiting", tone: "warn" },
  provisioning: { icon: "half", tone: "accent" },
  preparing: { icon: "half", tone: "accent" },
  training: { icon: "dot", tone: "accent" },
  finishing: { icon: "half", tone: "accent" },
  succeeded: { icon: "done", tone: "good" },
  failed: { icon: "failed", tone: "bad" },
  stopped: { icon: "stopped", tone: "grey" },
  lost: { icon: "question", tone: "odd" },
};

export const inks: Readonly<Record<Tone, string>> = {
  accent: "text-accent-ink",
  good: "text-good",
  bad: "text-bad",
  warn: "text-warn",
  odd: "text-odd",
  grey: "text-muted",
};

export const softs: Readonly<Record<Tone, string>> = {
  accent: "bg-accent-soft text-accent-ink",
  good: "bg-good-soft text-good",
  bad: "bg-bad-soft text-bad",
  warn: "bg-warn-soft text-warn",
  odd: "bg-odd-soft text-odd",
  grey: "bg-hover text-muted",
};

/** What a job's mark says: also of one that has failed in a pod which is still there. */
export function markOf<S extends State | null>(job: {
  state: S;
  outcome: State | null;
}): S | "failed" | "stopped" | "lost" {
  const { state, outcome } = job;
  return outcome === "failed" || outcome === "stopped" || outcome === "lost" ? outcome : state;
}

/** Whether it was asked to stop and has not yet. */
export function isStopping(job: {
  state: State | null;
  outcome: State | null;
  stopping: string | null;
}): boolean {
  return job.stopping !== null && !hasEnded(job.state) && !hasEnded(job.outcome);
}

const ends: ReadonlySet<State> = new Set(["succeeded", "failed", "stopped", "lost"]);

export function hasEnded(state: State | null): boolean {
  return state !== null && ends.has(state);
}
