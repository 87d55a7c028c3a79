import type { Needs, Offer, Problem } from "../../types";
import { problem } from "../common/problems";
import { money, plain } from "../common/words";
import type { Catalog, CatalogGpu, Volume } from "./catalog";
import { fullPrice } from "./limits";
import { cloudsOf, type PodSettings } from "./settings";

/** What RunPod offers for a job: priced, those that fit first, the cheapest of them first. */
export function offersOf(needs: Needs, settings: PodSettings, catalog: Catalog): Offer[] {
  const clouds = cloudsOf(settings);
  return catalog.gpus
    .filter((gpu) => clouds.includes(gpu.cloud))
    .map((gpu) => offer(gpu, needs, settings, catalog))
    .sort((a, b) => Number(b.fits) - Number(a.fits) || cheapest(a, b));
}

/**
 * Which of the offers to try, in this order: all that fit and have a price. GPUs that were named
 * come in the order they were named in; else the cheapest first, and those without stock last.
 */
export function candidates(settings: PodSettings, found: readonly Offer[]): Offer[] {
  const usable = found.filter((each) => each.fits && each.dollars_an_hour !== null);
  const order = settings.gpus.length
    ? (each: Offer) => rank(settings, each.gpu, each.name) ?? 0
    : (each: Offer) => Number(each.stock === "none");
  return usable.sort((a, b) => order(a) - order(b) || cheapest(a, b));
}

/** The data center of a job's network volume, which ties its pod to there; empty without one. */
export function centerOf(settings: PodSettings, volumes: readonly Volume[]): string {
  return volumes.find((volume) => volume.id === settings.volume)?.dataCenter ?? "";
}

/** What is wrong with a job's settings for RunPod, as far as bundled prices tell. */
export function settingProblems(needs: Needs, settings: PodSettings, prices: Catalog): Problem[] {
  const found: Problem[] = [];
  if (settings.volume && settings.cloud === "community")
    found.push(
      problem(
        "Only the secure cloud has network volumes.",
        "volume-cloud",
        "compute.volume",
        "Set “cloud” to secure or any, or take out the volume.",
      ),
    );
  if (needs.gpus > settings.gpu_count)
    found.push(
      problem(
        `The job needs ${needs.gpus} GPUs, and the pod would have ${settings.gpu_count}.`,
        "gpus",
        "compute.gpu_count",
        "Raise “gpu_count”.",
      ),
    );
  const gpus = named(settings, prices);
  const small = [...gpus.values()].filter((gpu) => gpu && tooSmall(gpu, needs));
  const severity = small.length === gpus.size ? "error" : "warning"; // another may do
  const step = "It is passed over; name GPUs with more memory, or none for the cheapest that fits.";
  for (const gpu of small)
    if (gpu)
      found.push(
        problem(
          `${gpu.name} ${tooSmall(gpu, needs)}.`,
          "gpu-memory",
          "compute.gpus",
          step,
          severity,
        ),
      );
  return found;
}

/** GPUs that were named and are not in a live catalogue: mistyped, or no longer to be had. */
export function unknownGpus(settings: PodSettings, catalog: Catalog): Problem[] {
  if (catalog.source !== "live") return [];
  const lacking = [...named(settings, catalog)].filter(([, gpu]) => !gpu);
  const severity = lacking.length === settings.gpus.length ? "error" : "warning";
  return lacking.map(([name]) =>
    problem(
      `RunPod has no GPU called “${name}” on the clouds that are allowed.`,
      "gpu-unknown",
      "compute.gpus",
      "Write its id as RunPod does.",
      severity,
    ),
  );
}

function offer(gpu: CatalogGpu, needs: Needs, settings: PodSettings, catalog: Catalog): Offer {
  const price = gpu.dollars_an_hour === null ? null : gpu.dollars_an_hour * settings.gpu_count;
  const full = price === null ? null : fullPrice(settings, price);
  const stock = stockAt(gpu, settings);
  const why = against(gpu, needs, settings, stock, full);
  return {
    gpu: gpu.id,
    name: gpu.name,
    memory_gb: gpu.memory_gb,
    count: settings.gpu_count,
    cloud: gpu.cloud,
    dollars_an_hour: price,
    full_dollars_an_hour: full,
    stock,
    fits: !why,
    why,
    dollars: null,
    source: source(gpu, catalog),
  };
}

/** The first reason why a GPU won't do, in words that follow its name; empty if none is known. */
function against(
  gpu: CatalogGpu,
  needs: Needs,
  settings: PodSettings,
  stock: string,
  full: number | null,
): string {
  const count = settings.gpu_count;
  if (settings.gpus.length && rank(settings, gpu.id, gpu.name) === null)
    return "isn't among the GPUs that were named";
  if (gpu.manufacturer && gpu.manufacturer.toUpperCase() !== "NVIDIA")
    return "has no CUDA, which the trainers need";
  if (needs.gpus > count)
    return `would be one of ${count}, and the job needs ${needs.gpus} of them`;
  const small = tooSmall(gpu, needs);
  if (small) return small;
  if (gpu.most && gpu.most < count) return `comes ${gpu.most} to a pod at most`;
  if (stock === "elsewhere") return `isn't in ${settings.data_centers.join(" or ")}`;
  if (full !== null && full > settings.max_dollars)
    return `costs ${money(full)} an hour, more than the whole job may`;
  return "";
}

function tooSmall(gpu: CatalogGpu, needs: Needs): string {
  if (needs.gpu_memory_gb === null || gpu.memory_gb >= needs.gpu_memory_gb) return "";
  const known = needs.gpu_memory_source || needs.source;
  const from = known ? ` (${known})` : "";
  return `has ${gpu.memory_gb} GB, and the job needs ${plain(needs.gpu_memory_gb)} GB${from}`;
}

const STOCKS = ["none", "unknown", "low", "medium", "high"];

/** How many are free where they may be: `elsewhere` if the catalogue has them in no such place. */
function stockAt(gpu: CatalogGpu, settings: PodSettings): string {
  const wanted = new Set(settings.data_centers.map((center) => center.trim().toUpperCase()));
  const centers = Object.entries(gpu.data_centers);
  if (!wanted.size || !centers.length) return gpu.stock;
  const there = centers.filter(([center]) => wanted.has(center.toUpperCase()));
  const best = Math.max(-1, ...there.map(([, stock]) => STOCKS.indexOf(stock)));
  return STOCKS[best] ?? "elsewhere";
}

function named(settings: PodSettings, catalog: Catalog): Map<string, CatalogGpu | undefined> {
  const find = (said: string) => catalog.gpus.find((gpu) => is(said, gpu.id, gpu.name));
  return new Map(settings.gpus.map((said) => [said, find(said)]));
}

/** At which place a GPU was named, by its id or its name; null if it was not. */
function rank(settings: PodSettings, gpu: string, name: string): number | null {
  const at = settings.gpus.findIndex((said) => is(said, gpu, name));
  return at < 0 ? null : at;
}

function is(said: string, gpu: string, name: string): boolean {
  const plain = said.trim().toLowerCase();
  return plain === gpu.toLowerCase() || plain === name.toLowerCase();
}

function source(gpu: CatalogGpu, catalog: Catalog): string {
  if (catalog.source === "live") return "Price: RunPod's, now.";
  if (gpu.dollars_an_hour === null) return "Price: unknown.";
  return `Price: RunPod's, noted ${gpu.date || "at an unknown date"}; it may have changed.`;
}

/** By price, unknown ones last; of equal ones, more memory first. */
function cheapest(a: Offer, b: Offer): number {
  return (
    Number(a.dollars_an_hour === null) - Number(b.dollars_an_hour === null) ||
    (a.dollars_an_hour ?? 0) - (b.dollars_an_hour ?? 0) ||
    b.memory_gb - a.memory_gb ||
    compare(a.name, b.name) ||
    compare(a.cloud, b.cloud)
  );
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
