import type { JobPage, ListedJob } from "$lib/api/types";

/** A job's row for tests; only what matters to a test is named there. */
export function jobRow(id: string, more: Partial<ListedJob> = {}): ListedJob {
  return {
    id,
    name: id,
    recipe: "piper",
    compute: "local",
    state: "succeeded",
    outcome: null,
    attempt: 1,
    created: null,
    started: null,
    ended: null,
    progress: {
      step: null,
      steps: null,
      epoch: null,
      epochs: null,
      epoch_steps: null,
      seconds_left: null,
      caching: null,
    },
    figure: {},
    needs: [],
    waiting: null,
    stopping: null,
    cause: null,
    sampled: false,
    pod: null,
    trend: [],
    ...more,
  };
}

/** What a server with these jobs answers. */
export function jobPage(all: readonly ListedJob[], offset = 0, limit = all.length): JobPage {
  const counts: Record<string, number> = {};
  for (const { state } of all)
    counts[state ?? "unreadable"] = (counts[state ?? "unreadable"] ?? 0) + 1;
  return { jobs: all.slice(offset, offset + limit), total: all.length, counts };
}
