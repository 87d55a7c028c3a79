import type { Control } from "$lib/api/control";
import type { Line, LinesHandler } from "$lib/api/live-lines";
import type { Series } from "$lib/api/types";
import {
  type Axis,
  NOTHING,
  type Points,
  type PointsOf,
  inPlace,
  laidOver,
  pointsOf,
  pointsOfLines,
} from "$lib/charts/points";
import { recall, remember } from "./prefs";

type Calls = Pick<Control, "series">;
type Follow = (id: string, offset: number, handler: LinesHandler) => () => void;

/** From where to where on the axis. */
export type Range = readonly [begin: number, end: number];

export interface Latest {
  readonly name: string;
  /** null: it was no number. */
  readonly value: number | null;
  readonly x: number;
  readonly least: number;
  readonly greatest: number;
}

/** Where a metric was no number. */
export interface Strange {
  readonly first: number;
  readonly count: number;
}

const POINTS = 2000; // to which a line is thinned
const MOST_LIVE = 3000; // lines that are kept as they came; then all is thinned anew
const SMOOTHING = 0.6; // at first: what TensorBoard's readers are used to
const REST = 250; // ms between two looks at what came live, and before detail is fetched

interface Batch {
  readonly lines: readonly Line[];
  readonly next: number;
}

/**
 * A job's metrics as its charts show them: thinned as a whole, in detail where one has zoomed,
 * and as they come. `version` changes with the points.
 */
export class ChartsState {
  status = $state<"loading" | "ready" | "failed">("loading");
  error = $state.raw<unknown>(null);
  names = $state.raw<readonly string[]>([]);
  version = $state(0);
  /** What is shown; null: all there is. */
  range = $state.raw<Range | null>(null);
  #axis = $state<Axis>("step");
  #smoothing = $state(weight(recall("charts.smoothing")));
  #log = $state(recall("charts.log") === true);

  readonly #control: Calls;
  readonly #follow: Follow;
  readonly #id: string;
  #whole: PointsOf = new Map();
  /** Of each metric, places without a number that the server counted and did not list. */
  #unlisted = new Map<string, number>();
  #detail: { range: Range; points: PointsOf } | null = null;
  #batches: Batch[] = [];
  #live: PointsOf = new Map();
  #unfollow: (() => void) | null = null;
  #turn: AbortController | null = null;
  #zooming: ReturnType<typeof setTimeout> | undefined;
  #coming: ReturnType<typeof setTimeout> | undefined;
  #made = new Map<string, Points>();
  #closed = false;

  constructor(control: Calls, follow: Follow, id: string) {
    this.#control = control;
    this.#follow = follow;
    this.#id = id;
  }

  /** Fetches what there is and hears what comes, until the answer is called. */
  open(): () => void {
    this.#closed = false;
    void this.load();
    return () => {
      this.#closed = true;
      this.#unfollow?.();
      this.#unfollow = null;
      this.#turn?.abort();
      clearTimeout(this.#zooming);
      clearTimeout(this.#coming);
    };
  }

  async load(): Promise<void> {
    this.#turn?.abort();
    const turn = (this.#turn = new AbortController());
    try {
      const series = await this.#control.series(
        this.#id,
        { x: this.#axis, points: POINTS },
        turn.signal,
      );
      if (this.#turn !== turn || this.#closed) return;
      this.#takeWhole(series);
      this.#unfollow ??= this.#follow(this.#id, series.next, {
        lines: (lines, next, reset) => {
          this.#receive(lines, next, reset);
        },
      });
      if (this.range) await this.#fetchDetail(this.range);
    } catch (error) {
      if (this.#turn !== turn || this.#closed) return;
      this.error = error;
      if (this.status === "loading") this.status = "failed";
    }
  }

  get axis(): Axis {
    return this.#axis;
  }

  set axis(axis: Axis) {
    if (axis === this.#axis) return;
    this.#axis = axis;
    this.range = null;
    this.#detail = null;
    this.#live = pointsOfLines(this.#lines, axis);
    void this.load();
  }

  /** How much of what was before weighs, from 0 to 0.99. */
  get smoothing(): number {
    return this.#smoothing;
  }

  set smoothing(share: number) {
    this.#smoothing = weight(share);
    remember("charts.smoothing", this.#smoothing);
  }

  get log(): boolean {
    return this.#log;
  }

  set log(log: boolean) {
    this.#log = log;
    remember("charts.log", log || undefined);
  }

  /** One metric's points, with detail where it is needed. */
  points(name: string): Points {
    let made = this.#made.get(name);
    if (this.version < 0) return NOTHING; // never; whoever reads this is told of new versions
    if (!made) this.#made.set(name, (made = this.#compose(name)));
    return made;
  }

  /** Where some metrics were no number; null if that never happened. */
  strange(names: readonly string[]): Strange | null {
    let first = Infinity;
    let count = 0;
    for (const name of names) {
      const { x, y } = this.points(name);
      y.forEach((value, at) => {
        if (value !== null) return;
        first = Math.min(first, x[at] ?? Infinity);
        count += 1;
      });
      count += this.#unlisted.get(name) ?? 0;
    }
    return Number.isFinite(first) ? { first, count } : null;
  }

  /** The newest of each metric. */
  get latest(): readonly Latest[] {
    return this.names.flatMap((name) => latestOf(name, this.points(name)));
  }

  /** From the first point to the last. */
  get extent(): Range | null {
    const all = this.names.map((name) => this.points(name).x).filter((x) => x.length > 0);
    if (all.length === 0) return null;
    return [
      Math.min(...all.map((x) => x[0] ?? 0)),
      Math.max(...all.map((x) => x[x.length - 1] ?? 0)),
    ];
  }

  /** Shows a part, and fetches its detail; null shows all. */
  zoom(range: Range | null): void {
    clearTimeout(this.#zooming);
    if (range && !(range[1] > range[0])) return;
    this.range = range;
    if (!range) {
      this.#detail = null;
      this.#changed();
      return;
    }
    this.#zooming = setTimeout(() => void this.#fetchDetail(range), REST);
  }

  /** Shows `factor` times as much as now, around the middle or another point of the axis. */
  zoomBy(factor: number, around?: number): void {
    const whole = this.extent;
    if (!whole) return;
    const [begin, end] = this.range ?? whole;
    const middle = around ?? (begin + end) / 2;
    const from = middle - (middle - begin) * factor;
    const to = middle + (end - middle) * factor;
    if (from <= whole[0] && to >= whole[1]) this.zoom(null);
    else this.zoom(within([from, to], whole));
  }

  /** Moves by a share of what is shown. */
  pan(share: number): void {
    const whole = this.extent;
    if (!whole || !this.range) return;
    const by = (this.range[1] - this.range[0]) * share;
    this.zoom(within([this.range[0] + by, this.range[1] + by], whole));
  }

  // -- what comes live ----------------------------------------------------------

  get #lines(): readonly Line[] {
    return this.#batches.flatMap((batch) => batch.lines);
  }

  #receive(lines: readonly Line[], next: number, reset: boolean): void {
    if (reset) {
      this.#batches = [];
      this.#whole = new Map();
      this.#detail = null;
    }
    if (lines.length) this.#batches.push({ lines, next });
    else if (!reset) return;
    this.#coming ??= setTimeout(() => {
      this.#coming = undefined;
      this.#live = pointsOfLines(this.#lines, this.#axis);
      this.#changed();
      if (this.#lines.length > MOST_LIVE) void this.load();
    }, REST);
  }

  #takeWhole(series: Series): void {
    this.#whole = pointsOf(series);
    this.#unlisted = new Map(
      series.no_number.map(({ name, count, x }) => [name, count - x.length]),
    );
    this.#batches = this.#batches.filter((batch) => batch.next > series.next);
    this.#live = pointsOfLines(this.#lines, this.#axis);
    this.status = "ready";
    this.error = null;
    this.#changed();
  }

  // -- detail -------------------------------------------------------------------

  /** Half as much again on both sides, so that one can move a little before more is needed. */
  async #fetchDetail([begin, end]: Range): Promise<void> {
    const margin = (end - begin) / 2;
    const range: Range = [begin - margin, end + margin];
    const wanted = { x: this.#axis, points: POINTS * 2, begin: range[0], end: range[1] };
    const turn = this.#turn;
    try {
      const series = await this.#control.series(this.#id, wanted, turn?.signal);
      if (this.#turn !== turn || this.#closed || this.range?.[0] !== begin) return;
      this.#detail = { range, points: pointsOf(series) };
      this.#changed();
    } catch {
      // What is shown already is right, only coarser.
    }
  }

  #compose(name: string): Points {
    let points = this.#whole.get(name) ?? NOTHING;
    const detail = this.#detail?.points.get(name);
    if (detail && this.#detail) points = inPlace(points, detail, ...this.#detail.range);
    return laidOver(points, this.#live.get(name) ?? NOTHING);
  }

  #changed(): void {
    this.#made.clear();
    this.version += 1;
    const names = [...new Set([...this.#whole.keys(), ...this.#live.keys()])];
    if (names.join("\n") !== this.names.join("\n")) this.names = names;
  }
}

function latestOf(name: string, points: Points): Latest[] {
  const at = points.x.length - 1;
  const known = points.y.filter((value) => value !== null);
  if (at < 0) return [];
  return [
    {
      name,
      value: points.y[at] ?? null,
      x: points.x[at] ?? 0,
      least: known.reduce((one, other) => Math.min(one, other), Infinity),
      greatest: known.reduce((one, other) => Math.max(one, other), -Infinity),
    },
  ];
}

/** The same width, moved into the whole where it hangs over. */
function within([begin, end]: Range, whole: Range): Range {
  const width = Math.min(end - begin, whole[1] - whole[0]);
  const from = Math.min(Math.max(begin, whole[0]), whole[1] - width);
  return [from, from + width];
}

function weight(value: unknown): number {
  return typeof value === "number" ? Math.min(0.99, Math.max(0, value)) : SMOOTHING;
}
