import { firstFrom, type Points } from "./points";
import { smoothed } from "./smooth";

/** What a plot draws: one x for all lines. undefined: nothing here; null: a gap. */
export type Column = (number | null | undefined)[];

/** Lines with x of their own over one x. */
export function aligned(lines: readonly Points[]): { x: number[]; columns: Column[] } {
  const [only] = lines;
  if (only && lines.length === 1) return { x: [...only.x], columns: [[...only.y]] };
  const x = [...new Set(lines.flatMap((line) => line.x))].sort((one, other) => one - other);
  const place = new Map(x.map((value, at) => [value, at]));
  const columns = lines.map((line) => {
    const column: Column = Array.from<undefined>({ length: x.length });
    line.x.forEach((value, at) => {
      const to = place.get(value);
      if (to !== undefined) column[to] = line.y[at];
    });
    return column;
  });
  return { x, columns };
}

/** The place of the value that is nearest to `at`, of those that a line has; null if it has none. */
export function nearest(
  x: readonly number[],
  column: readonly (number | null | undefined)[],
  at: number,
): number | null {
  const known = (place: number) => typeof column[place] === "number";
  if (known(at)) return at;
  let before = at - 1;
  let after = at + 1;
  while (before >= 0 && !known(before)) before -= 1;
  while (after < column.length && !known(after)) after += 1;
  if (before < 0 && after >= column.length) return null;
  if (before < 0) return after;
  if (after >= column.length) return before;
  const here = x[at] ?? 0;
  return here - (x[before] ?? 0) <= (x[after] ?? 0) - here ? before : after;
}

/** What a plot draws of lines: as they were measured and, with a weight, their smooth course. */
export function drawn(columns: readonly Column[], how: { log: boolean; weight: number }): Column[] {
  return columns.flatMap((column) => {
    const shown = how.log ? column.map((value) => (isBelow(value) ? null : value)) : column;
    return how.weight > 0 ? [shown, soft(shown, how.weight)] : [shown];
  });
}

/** Whether a value has no place on a logarithmic scale. */
export function isBelow(value: number | null | undefined): boolean {
  return typeof value === "number" && value <= 0;
}

/** What was not logged at a place takes no part, and is no gap. */
function soft(column: Column, weight: number): Column {
  const values = smoothed(
    column.map((value) => value ?? null),
    weight,
  );
  return values.map((value, at) => (column[at] === undefined ? undefined : value));
}

/** The place of the value that is nearest to `x`, of those that are numbers; -1 if there is none. */
export function placeNear(points: Points, x: number): number {
  return nearest(points.x, points.y, Math.min(firstFrom(points.x, x), points.x.length - 1)) ?? -1;
}
