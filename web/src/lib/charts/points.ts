import type { Line } from "$lib/api/live-lines";
import type { Series } from "$lib/api/types";

/** The axis of a chart: what the trainer counted, or the time. */
export type Axis = "step" | "t";

/** One metric's values, by x in ascending order; null where it was no number. */
export interface Points {
  readonly x: readonly number[];
  readonly y: readonly (number | null)[];
}

export const NOTHING: Points = { x: [], y: [] };

export type PointsOf = ReadonlyMap<string, Points>;

/**
 * A series' columns have a gap wherever a metric was not logged; its points are what is left,
 * and where it was no number. What never was a figure is none.
 */
export function pointsOf(series: Series): PointsOf {
  const strange = new Map(series.no_number.map(({ name, x }) => [name, x]));
  const found = series.names.map((name, at) => {
    const x: number[] = [];
    const y: number[] = [];
    series.columns[at]?.forEach((value, row) => {
      if (value === null) return;
      x.push(series.x[row] ?? 0);
      y.push(value);
    });
    const gaps = strange.get(name) ?? [];
    return [name, laidOver({ x, y }, { x: gaps, y: gaps.map(() => null) })] as const;
  });
  return new Map(found.filter(([, points]) => points.x.length > 0));
}

/** What lines of metrics say, by metric. A figure that is null was no number; `nan` names more. */
export function pointsOfLines(lines: readonly Line[], axis: Axis): PointsOf {
  const found = new Map<string, { x: number[]; y: (number | null)[] }>();
  for (const line of lines) {
    const x = line[axis];
    if (typeof x !== "number") continue;
    for (const [name, value] of figuresOf(line)) {
      let points = found.get(name);
      if (!points) found.set(name, (points = { x: [], y: [] }));
      points.x.push(x);
      points.y.push(value);
    }
  }
  return new Map([...found].map(([name, points]) => [name, ordered(points)]));
}

const NO_FIGURES = new Set(["step", "t", "epoch", "nan"]);

function* figuresOf(line: Line): Generator<[string, number | null]> {
  for (const [name, value] of Object.entries(line))
    if (!NO_FIGURES.has(name) && (typeof value === "number" || value === null)) yield [name, value];
  const strange = line["nan"];
  if (Array.isArray(strange)) for (const name of strange) yield [String(name), null];
}

/** Sorted, and of several at one place the last: an attempt that repeats a step is the newer. */
function ordered(points: Points): Points {
  const { x, y } = points;
  if (x.every((value, at) => at === 0 || value > (x[at - 1] ?? 0))) return points;
  const places = new Map(x.map((value, at) => [value, y[at] ?? null]));
  const sorted = [...places].sort(([one], [other]) => one - other);
  return { x: sorted.map(([place]) => place), y: sorted.map(([, value]) => value) };
}

/** `more` laid over `points`: where both have a value, that of `more` counts. */
export function laidOver(points: Points, more: Points): Points {
  if (more.x.length === 0) return points;
  if (points.x.length === 0) return more;
  const at = firstFrom(points.x, more.x[0] ?? 0);
  if (at === points.x.length) return { x: points.x.concat(more.x), y: points.y.concat(more.y) };
  return ordered({
    x: points.x.concat(more.x),
    y: points.y.concat(more.y),
  });
}

/** `points`, with those from `begin` to `end` in place of what was there. */
export function inPlace(points: Points, detail: Points, begin: number, end: number): Points {
  const from = firstFrom(points.x, begin);
  const to = firstAfter(points.x, end);
  return {
    x: [...points.x.slice(0, from), ...detail.x, ...points.x.slice(to)],
    y: [...points.y.slice(0, from), ...detail.y, ...points.y.slice(to)],
  };
}

/** Place of the first value that is not below; the length if all are. */
export function firstFrom(x: readonly number[], value: number): number {
  let [low, high] = [0, x.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((x[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstAfter(x: readonly number[], value: number): number {
  const at = firstFrom(x, value);
  return x[at] === value ? at + 1 : at;
}
