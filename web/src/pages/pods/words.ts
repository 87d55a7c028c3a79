import { control } from "$lib/api";
import type { PodView } from "$lib/api/types";
import { shortGpu } from "$lib/gpus";
import type { Question } from "$lib/state/questions.svelte";
import { t } from "$lib/texts";

type Whose = PodView["whose"];

export const tones = {
  job: "accent",
  ending: "grey",
  orphan: "warn",
  elsewhere: "odd",
  other: "grey",
} as const satisfies Record<Whose, string>;

const ORDER: readonly Whose[] = ["orphan", "job", "ending", "elsewhere", "other"];

/** What wants to be looked at first; of each kind the newest. */
export function sorted(pods: readonly PodView[]): readonly PodView[] {
  return [...pods].sort(
    (one, other) =>
      ORDER.indexOf(one.whose) - ORDER.indexOf(other.whose) ||
      (other.created ?? 0) - (one.created ?? 0),
  );
}

/** What people know it by: its job, else its own name. */
export function titleOf(pod: PodView): string {
  return pod.job_name || pod.job || pod.name || pod.id;
}

/** Whether its job is over, and nobody fetches what that made but who looks at this. */
export function waitsForYou(pod: PodView): boolean {
  return pod.whose === "ending" && control.can.collect;
}

/** 2 × RTX A5000 */
export function gpuOf(pod: PodView): string {
  const name = shortGpu(pod.gpu);
  if (!name) return t.pods.noGpu;
  return pod.gpu_count > 1 ? t.newJob.rent.several(pod.gpu_count, name) : name;
}

export function statusOf(pod: PodView): string {
  return t.pods.statuses[pod.status] ?? pod.status.toLowerCase();
}

/** Whoever ends what another one started has to say so once more. */
export function questionOf(pod: PodView): Question {
  const text = t.pods.end;
  const title = titleOf(pod);
  switch (pod.whose) {
    case "job":
      return {
        title: text.title(title),
        text: text.ofJob,
        lost: [text.lostSince],
        action: text.action,
        danger: true,
      };
    case "ending":
      return {
        title: text.title(title),
        text: waitsForYou(pod) ? text.ofWaiting : text.ofEnding,
        lost: [waitsForYou(pod) ? t.job.collect.lost : text.lostResults],
        action: text.action,
        danger: true,
      };
    case "orphan":
      return {
        title: text.title(title),
        text: text.ofOrphan,
        lost: [text.lostThere],
        action: text.action,
        danger: true,
      };
    case "elsewhere":
    case "other":
      return {
        title: text.title(title),
        text: pod.whose === "elsewhere" ? text.ofElsewhere : text.ofOther,
        lost: [text.lostThere],
        agree: text.agree,
        action: text.action,
        danger: true,
      };
  }
}
