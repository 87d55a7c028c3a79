import type { JobDraft } from "../../types";
import { needsOf } from "../site/needs";
import type { SiteRecipe } from "../site/site";

/** RunPod's settings of a job, complete: its table [compute]. */
export interface PodSettings {
  gpus: readonly string[];
  cloud: "any" | "secure" | "community";
  max_hours: number;
  max_dollars: number;
  collect_hours: number | null;
  gpu_count: number;
  image: string;
  disk_gb: number;
  volume: string;
  data_centers: readonly string[];
  min_cuda: string;
}

export type Cloud = "secure" | "community";

export const RUNPOD = "runpod";

/**
 * A job's settings for its pod, with the recipe's image and disk. `spare` is GB beside what the
 * job needs, and `travelling` are bytes of inputs, which lie there packed and unpacked.
 */
export function podSettings(
  draft: JobDraft,
  recipe: Pick<SiteRecipe, "image" | "needs">,
  spare: number,
  travelling = 0,
): PodSettings {
  const given: Readonly<Record<string, unknown>> = draft.compute;
  const or = <T>(name: string, other: T): T => (given[name] ?? other) as T;
  const needed = needsOf(draft, recipe.needs).disk_gb ?? 0;
  return {
    gpus: or("gpus", []),
    cloud: or("cloud", "any"),
    max_hours: or("max_hours", 6),
    max_dollars: or("max_dollars", 5),
    collect_hours: or("collect_hours", null),
    gpu_count: or("gpu_count", 1),
    image: or<string>("image", "") || recipe.image,
    disk_gb: or<number>("disk_gb", 0) || Math.ceil(needed + (2 * travelling) / 1e9) + spare,
    volume: or("volume", ""),
    data_centers: or("data_centers", []),
    min_cuda: or("min_cuda", ""),
  };
}

/** The clouds that may be used; only the secure one has network volumes. */
export function cloudsOf(settings: PodSettings): readonly Cloud[] {
  if (settings.volume) return ["secure"];
  return settings.cloud === "any" ? ["secure", "community"] : [settings.cloud];
}
