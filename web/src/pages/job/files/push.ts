import type { JobView, StepView } from "$lib/api/types";
import { hasEnded } from "$lib/components/states";

/** How it stands with a job's results on the Hub. */
export type Push =
  | { kind: "never" }
  | { kind: "running"; done: number; of: number }
  | { kind: "done"; at: number | null }
  | { kind: "failed"; sentence: string; nextStep: string };

const STEP = "push"; // whatever a recipe does before it, this is what it is called

/** A push by hand is an attempt of its own; one that was asked for from the start is a step. */
export function pushOf(view: JobView): Push {
  const attempt = view.attempts.at(-1);
  const only = attempt?.only ?? [];
  const byHand = only.includes(STEP);
  const step = view.steps.find((each) => each.name === STEP);
  if (byHand && !hasEnded(view.state))
    return { kind: "running", done: doneBy(view, only).length, of: only.length };
  const since = byHand ? (attempt?.created ?? null) : null;
  if (byHand && step?.attempt !== attempt?.number) return failed(view, since);
  if (step?.state === "done") return { kind: "done", at: byHand ? view.ended : null };
  if (step?.state === "failed" || step?.state === "lost") return failed(view, since);
  return { kind: "never" };
}

function doneBy(view: JobView, names: readonly string[]): StepView[] {
  return view.steps.filter(
    (step) => names.includes(step.name) && step.attempt === view.attempt && step.state === "done",
  );
}

/** Why, as the newest warning since then or the job's own cause says. */
function failed(view: JobView, since: number | null): Push {
  const warning = view.warnings.findLast((each) => since === null || (each.t ?? 0) >= since);
  return {
    kind: "failed",
    sentence: warning?.sentence ?? view.cause?.sentence ?? "",
    nextStep: warning?.next_step ?? view.cause?.next_step ?? "",
  };
}

/** Whether it is a name on the Hub: owner/name. */
export function isRepository(text: string): boolean {
  return /^[\w.-]+\/[\w.-]+$/.test(text.trim());
}
