import type { PodView } from "$lib/api/types";

/** A pod for tests; only what matters to a test is named there. */
export function podView(id: string, more: Partial<PodView> = {}): PodView {
  return {
    id,
    name: `tuneyard-0badcafe-${id}`,
    status: "RUNNING",
    whose: "job",
    job: "20261122-1",
    job_name: `job ${id}`,
    gpu: "NVIDIA RTX A5000",
    gpu_count: 1,
    cloud: "community",
    dollars_an_hour: 0.22,
    spent: 0.5,
    created: 1,
    url: `https://console.runpod.io/pods?id=${id}`,
    ...more,
  };
}
