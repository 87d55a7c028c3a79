import type { Cause, JobView, StepView } from "$lib/api/types";
import { duration, number } from "$lib/format";
import { t } from "$lib/texts";

/** “epoch 8”, or the step where no epochs are counted; "" where neither is known. */
export function placeInTraining(at: { epoch: number | null; step: number | null }): string {
  if (at.epoch !== null) return t.job.failure.epoch(number(at.epoch));
  return at.step === null ? "" : t.job.failure.stepNumber(number(at.step));
}

/** What happened to a job that failed, in one sentence. */
export function whatHappened(view: JobView): string {
  const step = view.steps.find(({ state }) => state === "failed");
  if (!step) return t.job.failure.failed;
  const place = step.phase === "train" ? placeInTraining(view.progress) : "";
  return t.job.failure.failedIn(step.title, step.seconds ? duration(step.seconds) : "", place);
}

/** How a step ended, where that says more than its sign. */
export function endOf(step: StepView, attempt: number): string {
  if (step.exit !== null && step.exit < 0) return t.job.phases.killed(-step.exit);
  if (step.exit) return t.job.phases.exit(step.exit);
  const earlier = step.state === "done" ? step.attempt : null;
  return earlier !== null && earlier < attempt ? t.job.phases.earlier(earlier) : "";
}

export function sentenceOf(cause: Cause | null): string {
  return cause?.sentence ?? t.job.failure.noCause;
}
