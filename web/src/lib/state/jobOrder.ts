import type { JobRow } from "$lib/api/types";

const ends: readonly (string | null)[] = ["succeeded", "failed", "stopped", "lost"];

/** Whether a job still waits or runs. One whose folder can't be read does neither. */
export function unfinished(row: Pick<JobRow, "state">): boolean {
  return row.state !== null && !ends.includes(row.state);
}

/** The server's order: running, waiting, ended; of each the newest first. Ids begin with their time. */
export function order(a: JobRow, b: JobRow): number {
  const rank = rankOf(a) - rankOf(b);
  if (rank !== 0) return rank;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

function rankOf(row: JobRow): number {
  if (!unfinished(row)) return 2;
  return row.state === "queued" ? 1 : 0;
}
