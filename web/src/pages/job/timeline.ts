import type { JobEvent, JobView, StepView } from "$lib/api/types";
import type { IconName } from "$lib/components/icons";

export const phases = ["prepare", "train", "finish"] as const;
export type Phase = (typeof phases)[number];

type PhaseState = StepView["state"];

export interface PhaseView {
  readonly phase: Phase;
  readonly state: PhaseState;
  readonly steps: readonly StepView[];
  /** Seconds that its steps took, of those that have ended. */
  readonly seconds: number;
  /** When the step that runs began, in seconds since 1970. */
  readonly since: number | null;
}

export const signs: Readonly<Record<PhaseState, { icon: IconName; ink: string }>> = {
  done: { icon: "check", ink: "text-good" },
  running: { icon: "dot", ink: "text-accent-ink" },
  failed: { icon: "failed", ink: "text-bad" },
  stopped: { icon: "stopped", ink: "text-muted" },
  lost: { icon: "question", ink: "text-odd" },
  waiting: { icon: "waiting", ink: "text-muted" },
};

// What a phase is whose steps differ: the first of these that one of them is.
const TELLING: readonly PhaseState[] = ["running", "failed", "lost", "stopped"];

/** The timeline of a job: each phase with its steps. */
export function timeline(view: JobView, events: readonly JobEvent[]): PhaseView[] {
  return phases.map((phase) => {
    const steps = view.steps.filter((step) => step.phase === phase);
    const running = steps.find((step) => step.state === "running");
    return {
      phase,
      steps,
      state: stateOf(steps),
      seconds: steps.reduce((sum, step) => sum + (step.seconds ?? 0), 0),
      since: running ? beganAt(running, events) : null,
    };
  });
}

function stateOf(steps: readonly StepView[]): PhaseState {
  const telling = TELLING.find((state) => steps.some((step) => step.state === state));
  if (telling) return telling;
  return steps.length > 0 && steps.every((step) => step.state === "done") ? "done" : "waiting";
}

/** When a step began that runs now. */
export function beganAt(step: StepView, events: readonly JobEvent[]): number | null {
  return (
    events.findLast(({ event, about }) => event === "step" && about["n"] === step.n)?.t ?? null
  );
}

/** Where the log of a step begins, the newest time that it ran. */
export function offsetOf(step: StepView, events: readonly JobEvent[]): number | null {
  const begin = events.findLast(({ event, about }) => event === "step" && about["n"] === step.n);
  const offset = begin?.about["offset"];
  return typeof offset === "number" ? offset : null;
}

/** The newest checkpoint that is still good to go on from. */
export interface Checkpoint {
  readonly t: number;
  readonly epoch: number | null;
  readonly step: number | null;
}

export function checkpointOf(events: readonly JobEvent[]): Checkpoint | null {
  const found = events.findLast(({ event }) => event === "checkpoint");
  if (!found) return null;
  const { epochs_trained: trained, epoch, step } = found.about;
  const count = typeof trained === "number" ? trained : epoch;
  return {
    t: found.t,
    epoch: typeof count === "number" ? count : null,
    step: typeof step === "number" ? step : null,
  };
}
