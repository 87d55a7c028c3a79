import type { JobFile } from "$lib/api/types";

const tops: Partial<Record<JobFile["kind"], string>> = { output: "outputs/", sample: "samples/" };

/** A file's path without what its heading says already. */
export function shownName({ path, kind }: Pick<JobFile, "path" | "kind">): string {
  if (kind === "checkpoint") return path.slice(path.lastIndexOf("/") + 1);
  const top = tops[kind];
  return top && path.startsWith(top) ? path.slice(top.length) : path;
}
