import { control } from "$lib/api";
import type { JobPod, JobRow } from "$lib/api/types";
import { number, percent } from "$lib/format";
import { shortGpu } from "$lib/gpus";
import { spentOf } from "$lib/money";
import { t } from "$lib/texts";

// What a trainer doesn't say is null in an answer, and may be left out by the live channel.

/** What share of a training is done, from 0 to 1; null while nobody knows. */
export function shareOf({ progress }: Pick<JobRow, "progress">): number | null {
  const { step, steps, epoch, epochs } = progress;
  for (const [done, whole] of [
    [step, steps],
    [epoch, epochs],
  ] as const)
    if (typeof done === "number" && whole) return Math.min(1, Math.max(0, done / whole));
  return null;
}

/** How far it is in the trainer's own count: “epoch 61/100”. */
export function countOf({ progress }: Pick<JobRow, "progress">): string {
  const { step, steps, epoch, epochs, caching } = progress;
  if (caching) return t.jobs.caching(caching.what, number(caching.done), number(caching.of));
  if (typeof epoch === "number") return t.jobs.epoch(number(epoch), whole(epochs));
  return typeof step === "number" ? t.jobs.step(number(step), whole(steps)) : "";
}

function whole(n: number | null): string | null {
  return typeof n === "number" ? number(n) : null;
}

/** Seconds that it will go on for, while it trains and says so. */
export function leftOf(row: Pick<JobRow, "state" | "progress">): number | null {
  const { seconds_left: left } = row.progress;
  return row.state === "training" && typeof left === "number" ? left : null;
}

/** The one figure that says best how it goes: its name and value. */
export function figureOf({
  figure,
}: Pick<JobRow, "figure">): { name: string; value: number } | null {
  const [first] = Object.entries(figure as Record<string, number | null>);
  return first && first[1] !== null ? { name: first[0], value: first[1] } : null;
}

/** What a job waits for, in a few words; "" if it doesn't wait. */
export function waitOf(row: JobRow): string {
  if (row.needs.length) return t.jobs.waitsFor(row.needs.join(", "));
  if (row.state !== "queued") return "";
  if (!row.waiting) return t.jobs.starting;
  if (row.waiting.for !== "gpu") return t.jobs.waitsFor(row.waiting.for);
  return row.waiting.before ? t.jobs.inLineForGpu(row.waiting.before + 1) : t.jobs.nextForGpu;
}

/** What a job does, where there is nothing to count yet. */
export function doingOf(row: Pick<JobRow, "state" | "waiting">): string {
  const rents = rentsOf(row);
  if (rents) return rents;
  if (row.state === "provisioning") return t.jobs.gettingMachine;
  if (row.state === "preparing") return t.jobs.preparing;
  return row.state === "finishing" ? t.jobs.finishing : "";
}

/** What a job that is rented for waits for; "" if it doesn't wait, or for something else. */
export function rentsOf({ waiting }: Pick<JobRow, "waiting">): string {
  const words: Readonly<Record<string, unknown>> = t.jobs.rents;
  const { upload } = waiting ?? {};
  if (waiting?.for === "inputs" && upload?.bytes)
    return t.jobs.rents.inputsShare(percent(Math.min(1, upload.sent / upload.bytes)));
  if (waiting?.for === "results" && control.can.collect) return t.jobs.rents.collect;
  const said = waiting ? words[waiting.for] : "";
  return typeof said === "string" ? said : "";
}

/** Why a job ended badly; "" if it did not. */
export function causeOf(row: JobRow): string {
  if (row.cause) return row.cause.sentence;
  if (row.state === "failed") return t.jobs.noCause;
  if (row.state === "lost") return t.jobs.unknownEnd;
  return row.state === null ? t.jobs.unreadable : "";
}

export function nameOf(row: Pick<JobRow, "id" | "name">): string {
  return row.name || row.id;
}

/** “this computer”, “RunPod RTX A5000”. */
export function placeOf({ compute, pod }: Pick<JobRow, "compute" | "pod">): string {
  if (compute === "local") return t.jobs.thisComputer;
  return t.jobs.rented(computeName(compute), pod ? gpuName(pod) : "");
}

/** A compute by its proper name, where the page knows it. */
export function computeName(compute: string): string {
  return t.jobs.computes[compute] ?? compute;
}

/** “2 × RTX A5000” */
export function gpuName({ gpu, gpu_count: count }: Pick<JobPod, "gpu" | "gpu_count">): string {
  return count > 1 ? t.newJob.rent.several(count, shortGpu(gpu)) : shortGpu(gpu);
}

/** Dollars that a job's pod has cost by now; null if it has none. */
export function costOf({ pod }: Pick<JobRow, "pod">, now: number): number | null {
  return pod && pod.created !== null ? spentOf(pod, now) : null;
}

/** Seconds that the newest attempt took, once it has ended. */
export function tookOf(row: Pick<JobRow, "started" | "ended">): number | null {
  return row.started !== null && row.ended !== null ? Math.max(0, row.ended - row.started) : null;
}
