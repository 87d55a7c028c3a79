import type { JobDraft } from "../../types";
import { madeAt, parsePodName } from "../common/names";
import { items, parsed, table, text } from "../common/reading";
import { isRecipe, packedRecipe } from "../inputs/alone";
import type { Packed } from "../inputs/tar";
import { newHandle } from "../pod/handle";
import { fullPrice } from "../runpod/limits";
import { environmentOf, isRunning, readPod, type Pod } from "../runpod/pods";
import { TOKEN, type ManifestEntry } from "../runpod/request";
import { RUNPOD } from "../runpod/settings";
import type { SiteFiles } from "../site/site";
import { Attended, type Visit } from "./attended";

/**
 * Jobs of pods that an earlier visit rented: found by their names, and what it knew of them read
 * back from their environment, which whoever has the account's key may see. Pods whose face lets
 * no page of ours ask it belong to somebody else's Tuneyard.
 */
export async function attach(
  visit: Visit,
  pods: readonly Pod[],
  known: (job: string) => boolean,
  foreign: Set<string>,
): Promise<Attended[]> {
  const found: Attended[] = [];
  for (const pod of pods) {
    const named = parsePodName(pod.name);
    if (!named || !isRunning(pod) || known(named.job) || foreign.has(pod.id)) continue;
    const data = await visit.runpod.raw(pod.id);
    const job = data === null ? null : attendedOf(visit, named.job, data);
    if (job) found.push(job);
    else foreign.add(pod.id); // what it was given doesn't change
  }
  return found;
}

/** The job of a pod, by all that RunPod says of it; null where this page can't follow it. */
function attendedOf(visit: Visit, id: string, data: unknown): Attended | null {
  const pod = readPod(data);
  const env = environmentOf(data);
  const draft = draftOf(env["TUNEYARD_JOB"] ?? "");
  const token = env[TOKEN] ?? "";
  const origins = (env["TUNEYARD_ORIGINS"] ?? "").split(" ");
  if (!draft || !token || !(origins.includes(visit.origin) || origins.includes("*"))) return null;
  const handle = newHandle(pod.name, token);
  const created = pod.created ?? madeAt(id) ?? 0;
  Object.assign(handle, {
    phase: "waiting",
    pod: pod.id,
    asked: created,
    created,
    deadline: Number(env["TUNEYARD_DEADLINE"] ?? 0),
    gpu: pod.gpu,
    gpu_count: pod.gpu_count,
    cloud: pod.cloud,
    dollars_an_hour: fullPrice({ disk_gb: pod.disk_gb }, pod.dollars_an_hour),
  });
  const found = new Attended(visit, id, draft, handle, created);
  found.packed = recipeIn(env["TUNEYARD_JOB"] ?? "", visit.files);
  return found;
}

/** What an earlier visit was to send and this one still can: not what was picked there. */
function recipeIn(told: string, files: SiteFiles): Packed[] {
  const inputs = items(table(parsed(told))["inputs"]) as unknown as ManifestEntry[];
  return inputs.filter(isRecipe).map((entry) => packedRecipe(entry, files));
}

/** What the job was asked to be; of inputs only what stands for them is known. */
function draftOf(told: string): JobDraft | null {
  const job = table(parsed(told));
  if (typeof job["recipe"] !== "string") return null;
  const compute = table(job["compute"]);
  return {
    format: 1,
    recipe: job["recipe"],
    name: text(job["name"]),
    settings: { ...table(job["settings"]) },
    compute: { ...compute, name: text(compute["name"]) || RUNPOD },
    results: { ...table(job["results"]) },
  };
}
