import type { Points } from "./points";

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
export function nearest(x: readonly number[], column: Column, at: number): number | null {
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
