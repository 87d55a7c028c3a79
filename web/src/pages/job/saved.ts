import type { JobEvent, JobFile } from "$lib/api/types";

/** A result that was whole before the end of its job: it can be tried at once. */
export interface Saved {
  /** Where it lies in the job's folder. */
  path: string;
  epoch: number | null;
  step: number | null;
  bytes: number;
  at: number;
}

const FROM_WORK = "../"; // events name files as the steps see them

/** What a job has told of, the newest first. */
export function savedOf(events: readonly JobEvent[]): Saved[] {
  const found = new Map<string, Saved>();
  for (const { t, event, about } of events) {
    const file = about["file"];
    if (event !== "saved" || typeof file !== "string" || !file.startsWith(FROM_WORK)) continue;
    const path = file.slice(FROM_WORK.length);
    found.delete(path); // one that was saved anew is the newest
    found.set(path, {
      path,
      epoch: numberOf(about["epoch"]),
      step: numberOf(about["step"]),
      bytes: numberOf(about["bytes"]) ?? 0,
      at: t,
    });
  }
  return [...found.values()].reverse();
}

/** The newest and what is the same file by another name, then the older ones, then all else. */
export function newestFirst(files: readonly JobFile[], saved: readonly Saved[]): JobFile[] {
  const places = new Map(saved.map(({ path }, at) => [path, at]));
  const newest = newestOf(files, saved);
  const rank = (file: JobFile) =>
    newest.has(file.path) ? 0 : (places.get(file.path) ?? saved.length);
  return [...files].sort((a, b) => rank(a) - rank(b)); // which keeps the order of equals
}

/** Paths of the newest: under its own name, and under the one that never changes. */
export function newestOf(files: readonly JobFile[], saved: readonly Saved[]): ReadonlySet<string> {
  const there = new Set(saved.map(({ path }) => path));
  const newest = files.find(({ path }) => path === saved[0]?.path);
  const same = (file: JobFile) =>
    !there.has(file.path) && file.bytes === newest?.bytes && file.modified === newest.modified;
  return new Set(newest ? [newest, ...files.filter(same)].map(({ path }) => path) : []);
}

function numberOf(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
