import { number, parsed, table, text } from "../common/reading";
import { sleep } from "../common/sleep";
import { eventsOf } from "../common/sse";
import { good, type Answer } from "./answer";
import { readGpus, readVolumes, type Catalog, type CatalogGpu, type Volume } from "./catalog";
import { RunPodError, endless, stillThere, strange, unsure } from "./errors";
import { GONE, readPod, type Pod } from "./pods";
import { encoded, secretsIn, type PodRequest } from "./request";
import { cloudsOf, type Cloud, type PodSettings } from "./settings";
import type { Wire } from "./wire";

const MOST_PAGES = 1000;
const LOOKS = 16; // at a pod that was told to end, until it must be gone
const BALANCE = "query { myself { clientBalance currentSpendPerHr spendLimit } }";

/** Dollars on the account, what it spends an hour now, and the most that it may; null if unknown. */
export interface Balance {
  dollars: number;
  dollars_an_hour: number;
  limit: number | null;
}

/**
 * RunPod's API as Tuneyard uses it: REST v2, and GraphQL for the account's balance alone. Strict
 * in what is sent, tolerant in what is read. Whatever can be asked again is; a pod is asked for
 * exactly once. Everything throws RunPodError.
 */
export class RunPod {
  readonly #wire: Wire;
  readonly #pause: number;

  /** `pause`: ms between two looks at a pod that was told to end. */
  constructor(wire: Wire, pause = 5000) {
    this.#wire = wire;
    this.#pause = pause;
  }

  // -- pods ---------------------------------------------------------------------

  /** All pods of the account, each page of them: what is not in it is not there. */
  async pods(signal?: AbortSignal): Promise<Pod[]> {
    const found = (await this.#listed("/v2/pods", "pods", signal)).map(readPod);
    return found.filter((pod) => pod.status !== GONE);
  }

  /** One pod; null if RunPod knows none of this id, or none any more. */
  async pod(id: string, signal?: AbortSignal): Promise<Pod | null> {
    const data = await this.raw(id, signal);
    const found = data === null ? null : readPod(data);
    return found?.status === GONE ? null : found;
  }

  /** All that RunPod says of a pod, its environment too; null if there is none. */
  async raw(id: string, signal?: AbortSignal): Promise<unknown> {
    const answer = await this.#wire.repeated("GET", `/v2/pods/${part(id)}`, undefined, signal);
    // A page in place of data is somebody on the way.
    if (answer.status === 404 && !answer.kind.includes("html")) return null;
    if (!good(answer)) throw this.#wire.refusal(answer);
    return answer.data;
  }

  /**
   * Asks for a pod, exactly once. After the error unsure one may have been made all the same;
   * after any other there certainly is none.
   */
  async create(request: PodRequest): Promise<Pod> {
    const data = await this.#wire.once("/v2/pods", encoded(request), secretsIn(request));
    try {
      return readPod(data);
    } catch {
      throw unsure();
    }
  }

  /** Tells a pod to end; that it is gone already is fine. `gone` says when it is. */
  async end(id: string): Promise<void> {
    const path = `/v2/pods/${part(id)}`;
    const terminate = { action: "terminate" };
    if ((await this.#ended("POST", `${path}/action`, terminate)) === null) return;
    const answer = await this.#ended("DELETE", path);
    if (answer) throw this.#wire.refusal(answer);
  }

  /** Whether a pod is no more: unknown by its id, and absent from the list. */
  async gone(id: string): Promise<boolean> {
    return (await this.pod(id)) === null && (await this.pods()).every((pod) => pod.id !== id);
  }

  /** Ends a pod, and comes back when it is gone. */
  async endAndConfirm(id: string, signal?: AbortSignal): Promise<void> {
    let problem = stillThere(id);
    for (let look = 0; look < LOOKS; look++) {
      try {
        await this.end(id);
        if (await this.gone(id)) return;
      } catch (error) {
        if (!(error instanceof RunPodError && error.passing)) throw error;
        problem = error;
      }
      await sleep(this.#pause, signal);
    }
    throw problem;
  }

  /** The newest lines of a pod's log as RunPod has it; what comes within so many ms. */
  async lines(id: string, source: "container" | "system", within = 3000): Promise<string[]> {
    const query = new URLSearchParams({ source, tail: "5" });
    const signal = AbortSignal.timeout(within);
    const found: string[] = [];
    try {
      const path = `/v2/pods/${part(id)}/logs?${query.toString()}`;
      for await (const { data } of eventsOf(await this.#wire.stream(path, signal)))
        found.push(lineOf(data));
    } catch (error) {
      if (error instanceof RunPodError) throw error;
    }
    return found.filter(Boolean);
  }

  // -- what there is ------------------------------------------------------------

  /** What there is now on the clouds that are allowed, for pods of this size. */
  async catalog(settings: PodSettings, signal?: AbortSignal): Promise<Catalog> {
    const gpus: CatalogGpu[] = [];
    for (const cloud of cloudsOf(settings))
      gpus.push(...(await this.gpus(cloud, settings.gpu_count, settings.min_cuda, signal)));
    return { gpus, source: "live", date: "" };
  }

  /** The types of GPU on a cloud, with the stock of pods with so many of them. */
  async gpus(cloud: Cloud, count = 1, minCuda = "", signal?: AbortSignal): Promise<CatalogGpu[]> {
    const query = new URLSearchParams({
      include: "AVAILABILITY",
      product: "POD",
      count: String(count),
      cloud: cloud.toUpperCase(),
      ...(minCuda ? { minCudaVersion: minCuda } : {}),
    });
    const data = await this.#wire.get(`/v2/catalog/gpus?${query.toString()}`, signal);
    if (!Array.isArray(table(data)["gpus"])) throw strange();
    return readGpus(data, cloud);
  }

  async volumes(): Promise<Volume[]> {
    return readVolumes(await this.#listed("/v2/network-volumes", "networkVolumes"));
  }

  /** What is on the account; null where the key may not see it, or nobody answers that. */
  async balance(signal?: AbortSignal): Promise<Balance | null> {
    try {
      const answer = await this.#wire.repeated("POST", "/graphql", { query: BALANCE }, signal);
      const me = table(table(table(answer.data)["data"])["myself"]);
      const dollars = Number(text(me["clientBalance"]) || Number.NaN);
      if (!Number.isFinite(dollars)) return null;
      const spend = number(me["currentSpendPerHr"]) ?? 0;
      return { dollars, dollars_an_hour: spend, limit: number(me["spendLimit"]) };
    } catch (error) {
      if (error instanceof RunPodError) return null;
      throw error;
    }
  }

  /** All items of a list, over as many pages as it has; an error rather than leave any out. */
  async #listed(path: string, name: string, signal?: AbortSignal): Promise<unknown[]> {
    const found: unknown[] = [];
    const cursors = new Set<string>();
    let cursor = "";
    for (let page = 0; page < MOST_PAGES; page++) {
      const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
      const data = table(await this.#wire.get(path + query, signal));
      const items = data[name];
      if (!Array.isArray(items)) throw strange();
      found.push(...(items as unknown[]));
      const pagination = table(data["pagination"]);
      if (!pagination["hasNextPage"]) return found;
      cursors.add(cursor);
      cursor = text(pagination["nextCursor"]);
      if (cursors.has(cursor)) break; // it doesn't go on from where it was asked to
    }
    throw endless();
  }

  /** null if the pod was told to end, or is gone; else the refusal. */
  async #ended(method: string, path: string, body?: unknown): Promise<Answer | null> {
    try {
      const answer = await this.#wire.repeated(method, path, body);
      return good(answer) || answer.status === 404 ? null : answer;
    } catch (error) {
      if (!(error instanceof RunPodError && error.kind === "trouble")) throw error;
      return { status: 500, kind: "", data: null, wait: 0, whole: true };
    }
  }
}

/** A text as one part of a path, whatever is in it: ids come from others, or are typed. */
export function part(id: string): string {
  return encodeURIComponent(id).replaceAll(".", "%2E");
}

function lineOf(data: string): string {
  return text(table(parsed(data))["line"]);
}
