import type { JobFile } from "$lib/api/types";

const tops: Partial<Record<JobFile["kind"], string>> = { output: "outputs/", sample: "samples/" };

// A checkpoint of several files has a folder, which says of which step it is.
const OWN_FOLDER = /(?:^|\/)((?:[^/]*step\d+\/)?[^/]+)$/;

/** A file's path without what its heading says already. */
export function shownName({ path, kind }: Pick<JobFile, "path" | "kind">): string {
  if (kind === "checkpoint") return OWN_FOLDER.exec(path)?.[1] ?? path;
  const top = tops[kind];
  return top && path.startsWith(top) ? path.slice(top.length) : path;
}
