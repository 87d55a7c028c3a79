import { t } from "$lib/texts";
import type { ProblemError } from "../../problem";
import type { State } from "../../types";
import type { Verdict } from "../pod/handle";

/** Ends that only a rented pod brings, in plain words. */

export const stopped: Verdict = { state: "stopped", cause: null };

/** RunPod, or what the job asks of it, would not do. */
export function refused(error: ProblemError): Verdict {
  return ended("failed", error.code, error.message, error.nextStep);
}

export function noRoom(): Verdict {
  const { noRoom, noRoomStep } = t.direct.ends;
  return ended("failed", "no-capacity", noRoom, noRoomStep);
}

export function noOffer(): Verdict {
  const { noOffer, noOfferStep } = t.direct.ends;
  return ended("failed", "no-offer", noOffer, noOfferStep);
}

export function neverAnswered(said: string): Verdict {
  const { neverAnswered, neverAnsweredStep } = t.direct.ends;
  return ended("failed", "pod-silent", neverAnswered(said), neverAnsweredStep);
}

export function stoppedOutside(): Verdict {
  const { stoppedOutside, goOnStep } = t.direct.ends;
  return ended("lost", "pod-stopped", stoppedOutside, goOnStep);
}

/** By hand, from this page's list of pods. */
export function endedHere(): Verdict {
  const { endedHere, goOnStep } = t.direct.ends;
  return ended("stopped", "pod-ended", endedHere, goOnStep);
}

export function vanished(): Verdict {
  const { vanished, goOnStep } = t.direct.ends;
  return ended("lost", "pod-gone", vanished, goOnStep);
}

export function resultsLost(): Verdict {
  const { resultsLost, resultsLostStep } = t.direct.ends;
  return ended("failed", "results-lost", resultsLost, resultsLostStep);
}

function ended(state: State, code: string, sentence: string, nextStep: string): Verdict {
  return { state, cause: { code, sentence, next_step: nextStep, fix: {}, lines: [] } };
}
