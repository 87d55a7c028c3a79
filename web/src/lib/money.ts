import type { JobPod } from "./api/types";
import type { Moment } from "./format";

/** Dollars that a pod has cost by now, by the clock and its price: bills come hours later. */
export function spentOf(
  pod: Pick<JobPod, "created" | "ended" | "dollars_an_hour">,
  now: Moment,
): number {
  if (pod.created === null) return 0;
  return (Math.max(0, (pod.ended ?? now) - pod.created) / 3600) * pod.dollars_an_hour;
}
