import type { Control } from "$lib/api/control";
import type { JobRow } from "$lib/api/types";
import { groups } from "./jobFilter";

export interface Holder {
  gpu: string;
  job: string;
  name: string;
}

/** The jobs that wait for a GPU, and their order, which can be changed by hand. */
export class Queue {
  /** The next first. */
  waiting = $state.raw<readonly JobRow[]>([]);
  /** Which job has which GPU. */
  holders = $state.raw<readonly Holder[]>([]);
  /** Why the newest change was not made. */
  error = $state.raw<unknown>(null);

  readonly #control: Pick<Control, "queue" | "reorder" | "jobs">;
  #changes = 0; // asked for and not answered yet
  #looks = 0;

  constructor(control: Pick<Control, "queue" | "reorder" | "jobs">) {
    this.#control = control;
  }

  /** Looks at the queue anew. An order that is being changed by hand stays as it is. */
  async load(): Promise<void> {
    const look = ++this.#looks;
    const found = await Promise.all([
      this.#control.queue(),
      this.#control.jobs({ state: [...groups.waiting, ...groups.running], limit: 500 }),
    ]).catch(() => null); // the list itself says what is wrong; the line stays as it was
    if (!found || look !== this.#looks || this.#changes) return;
    const [queue, page] = found;
    const rows = new Map(page.jobs.map((row) => [row.id, row]));
    this.#put(queue.order, rows);
    this.holders = Object.entries(queue.holders).map(([gpu, job]) => ({
      gpu,
      job,
      name: rows.get(job)?.name ?? job,
    }));
  }

  /** Moves a job to a place, 0 being the next; the list changes at once. */
  async move(id: string, to: number): Promise<void> {
    const from = this.waiting.findIndex((row) => row.id === id);
    const row = this.waiting[from];
    const place = Math.max(0, Math.min(to, this.waiting.length - 1));
    if (!row || place === from) return;
    this.waiting = this.waiting.toSpliced(from, 1).toSpliced(place, 0, row);
    await this.#save();
  }

  async #save(): Promise<void> {
    this.#changes += 1;
    this.#looks += 1; // what a look under way brings is older than this
    this.error = null;
    try {
      const wanted = this.waiting.map((row) => row.id);
      const rows = new Map(this.waiting.map((row) => [row.id, row]));
      const queue = await this.#control.reorder(wanted);
      if (this.#changes === 1) this.#put(queue.order, rows);
    } catch (error) {
      this.error = error;
    } finally {
      this.#changes -= 1;
    }
    if (this.error !== null && this.#changes === 0) await this.load();
  }

  /** A job may stand in the queue's file for a moment after it has ended. */
  #put(order: readonly string[], rows: ReadonlyMap<string, JobRow>): void {
    this.waiting = order
      .map((id) => rows.get(id))
      .filter((row) => row?.state === "queued" && row.waiting !== null) as JobRow[];
  }
}
