import { SvelteSet } from "svelte/reactivity";
import type { Control } from "$lib/api/control";
import type { Counts, JobRow, ListedJob } from "$lib/api/types";
import { everything, fits, statesOf, type Filter } from "./jobFilter";
import { order, unfinished } from "./jobOrder";

/** What the jobs channel tells. Rows may lack the line that only the list draws. */
export interface JobsChange {
  rows: readonly JobRow[];
  removed: readonly string[];
  counts: Counts;
}

const PAGE = 50;
const MORE = 100;
const MOST = 500; // what the server gives at once
const HIGHLIGHT = 2500; // ms that a job which has just arrived is marked

/**
 * The list of jobs under a filter: its first pages, kept current by the jobs channel.
 *
 * Nothing moves under the reader's hand: a job that changes keeps its place even if it no
 * longer fits or would sort elsewhere, until `settle`. Only new jobs and removed ones shift rows.
 */
export class Jobs {
  rows = $state.raw<readonly JobRow[]>([]);
  counts = $state.raw<Counts>({});
  filter = $state.raw<Filter>(everything);
  /** Whether rows have been shown for this filter; the first time there is a skeleton. */
  status = $state<"loading" | "ready" | "failed">("loading");
  /** A page is on its way, whatever is shown meanwhile. */
  busy = $state(false);
  error = $state.raw<unknown>(null);
  /** Ids of jobs that have just arrived. */
  readonly fresh = new SvelteSet<string>();

  readonly #control: Pick<Control, "jobs">;
  #total = $state(0);
  /** The last row of the last page; null if there is no further page. */
  #edge = $state.raw<JobRow | null>(null);
  #loading: AbortController | null = null;
  #missed: JobsChange[] = [];

  constructor(control: Pick<Control, "jobs">) {
    this.#control = control;
  }

  /** How many jobs fit the filter, shown or not. */
  get total(): number {
    if (this.filter.text.trim() || this.filter.recipe) return this.#total;
    const states: readonly string[] = statesOf(this.filter.group);
    return sum(Object.entries(this.counts).filter(([s]) => !states.length || states.includes(s)));
  }

  /** How many jobs there are at all. */
  get everything(): number {
    return sum(Object.entries(this.counts));
  }

  get more(): number {
    return this.#edge === null ? 0 : Math.max(1, this.total - this.rows.length);
  }

  row(id: string): JobRow | undefined {
    return this.rows.find((row) => row.id === id);
  }

  /** Shows another part of the jobs. What was shown stays until the new rows are there. */
  async show(filter: Filter): Promise<void> {
    this.filter = filter;
    await this.#load(PAGE);
  }

  /** Fetches what is shown anew: after a break, nobody knows what was missed. */
  async reload(): Promise<void> {
    await this.#load(Math.min(MOST, Math.max(PAGE, this.rows.length)));
  }

  /** The next page. */
  async next(): Promise<void> {
    const edge = this.#edge;
    if (edge === null || this.busy) return;
    // Rows that moved behind the edge since will come again with a later page.
    const offset = this.rows.filter((row) => order(row, edge) <= 0).length;
    await this.#fetch(offset, MORE, (jobs) => {
      const known = new Set(this.rows.map((row) => row.id));
      this.rows = [...this.rows, ...jobs.filter((job) => !known.has(job.id))];
    });
  }

  /** Takes what the jobs channel told. */
  receive(change: JobsChange): void {
    if (this.#loading) this.#missed.push(change);
    this.#merge(change);
  }

  /** Puts all rows where they belong, and lets go of those that no longer fit. */
  settle(): void {
    const edge = this.#edge;
    const rows = this.rows
      .filter((row) => fits(row, this.filter) && (edge === null || order(row, edge) <= 0))
      .sort(order);
    if (rows.some((row, index) => row !== this.rows[index]) || rows.length !== this.rows.length)
      this.rows = rows;
  }

  async #load(limit: number): Promise<void> {
    this.#loading?.abort();
    await this.#fetch(0, limit, (jobs) => {
      this.rows = jobs;
      this.fresh.clear();
    });
  }

  async #fetch(offset: number, limit: number, take: (jobs: ListedJob[]) => void): Promise<void> {
    const mine = new AbortController();
    this.#loading = mine;
    this.#missed = [];
    this.busy = true;
    const states = statesOf(this.filter.group);
    const { recipe, text } = this.filter;
    try {
      const page = await this.#control.jobs(
        { state: [...states], recipe, text: text.trim(), offset, limit },
        mine.signal,
      );
      if (this.#loading !== mine) return;
      take(page.jobs);
      this.counts = page.counts;
      this.#total = page.total;
      this.#edge = offset + page.jobs.length < page.total ? (page.jobs.at(-1) ?? null) : null;
      this.status = "ready";
      this.error = null;
    } catch (error) {
      if (this.#loading !== mine) return;
      this.error = error;
      if (this.status === "loading") this.status = "failed";
    }
    this.#loading = null;
    this.busy = false;
    for (const change of this.#missed.splice(0)) this.#merge(change);
  }

  #merge(change: JobsChange): void {
    this.counts = change.counts;
    const changed = new Map(change.rows.map((row) => [row.id, row]));
    const removed = new Set(change.removed);
    let rows = this.rows;
    if (rows.some((row) => removed.has(row.id) || changed.has(row.id)))
      rows = rows
        .filter((row) => !removed.has(row.id))
        .map((row) => merged(row, changed.get(row.id)));
    const known = new Set(this.rows.map((row) => row.id));
    const arrived = change.rows.filter((row) => !known.has(row.id) && this.#belongs(row));
    if (arrived.length) rows = arrived.reduce(inserted, rows);
    this.#total += rows.length - this.rows.length;
    this.rows = rows;
    for (const row of arrived) this.#highlight(row.id);
  }

  /** Whether a row that is not shown has its place among those that are. */
  #belongs(row: JobRow): boolean {
    return fits(row, this.filter) && (this.#edge === null || order(row, this.#edge) <= 0);
  }

  #highlight(id: string): void {
    this.fresh.add(id);
    setTimeout(() => this.fresh.delete(id), HIGHLIGHT);
  }
}

/** The newer row, with the line of the older one if it brings none. */
function merged(old: JobRow, now: JobRow | undefined): JobRow {
  if (!now) return old;
  return now.trend || !old.trend || !unfinished(now) ? now : { ...now, trend: old.trend };
}

function inserted(rows: readonly JobRow[], row: JobRow): readonly JobRow[] {
  const at = rows.findIndex((other) => order(row, other) < 0);
  return at < 0 ? [...rows, row] : rows.toSpliced(at, 0, row);
}

function sum(counts: [string, number][]): number {
  return counts.reduce((whole, [, count]) => whole + count, 0);
}
