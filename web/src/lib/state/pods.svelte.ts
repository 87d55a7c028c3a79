import type { Control } from "$lib/api/control";
import type { Pods as Found, PodView } from "$lib/api/types";

type Calls = Pick<Control, "pods" | "endPod" | "sweepPods">;

/** Every pod of the account, as it was when last asked; what was heard stays while nothing is. */
export class Pods {
  /** The newest answer that had a list; undefined before. */
  found = $state.raw<Found>();
  /** Why the newest question had no list: no key, refused, offline. */
  problem = $state.raw<Found["problem"]>(null);
  /** Why our own server did not answer. */
  error = $state.raw<unknown>();
  busy = $state(false);
  /** Ids of pods that are being ended. */
  ending = $state.raw<ReadonlySet<string>>(new Set());
  /** By this page's clock, seconds since 1970, of what is in `found`. */
  heard = $state(0);

  readonly #control: Calls;

  constructor(control: Calls) {
    this.#control = control;
  }

  /** Asks once; a question that is open is not asked again. */
  async look(signal?: AbortSignal): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      const found = await this.#control.pods(signal);
      this.error = undefined;
      this.problem = found.problem;
      if (found.problem === null) {
        this.found = found;
        this.heard = Date.now() / 1000;
      }
    } catch (error) {
      if (!signal?.aborted) this.error = error;
    } finally {
      this.busy = false;
    }
  }

  get orphans(): readonly PodView[] {
    return (this.found?.pods ?? []).filter(({ whose }) => whose === "orphan");
  }

  /** Comes back when it is gone. */
  async end(id: string): Promise<void> {
    this.#end([id], true);
    try {
      await this.#control.endPod(id);
      this.#drop([id]);
    } finally {
      this.#end([id], false);
    }
  }

  /** Comes back when all of these are gone. Throws the first error, when all were tried. */
  async endAll(ids: readonly string[]): Promise<void> {
    const ended = await Promise.allSettled(ids.map((id) => this.end(id)));
    for (const each of ended) if (each.status === "rejected") throw each.reason;
  }

  /** Those that a sweep would end now. */
  swept(): Promise<PodView[]> {
    return this.#control.sweepPods(false);
  }

  /** Ends all orphans; those that are gone. */
  async sweep(): Promise<readonly PodView[]> {
    const ids = this.orphans.map(({ id }) => id);
    this.#end(ids, true);
    try {
      const gone = await this.#control.sweepPods(true);
      this.#drop(gone.map(({ id }) => id));
      return gone;
    } finally {
      this.#end(ids, false);
    }
  }

  #end(ids: readonly string[], on: boolean): void {
    const others = [...this.ending].filter((id) => !ids.includes(id));
    this.ending = new Set(on ? [...others, ...ids] : others);
  }

  #drop(ids: readonly string[]): void {
    if (!this.found) return;
    const pods = this.found.pods.filter(({ id }) => !ids.includes(id));
    this.found = { ...this.found, pods };
  }
}
