import { same } from "$lib/form/schema";
import type { Asked } from "./asked";

/** A setting that is not the same in two jobs; undefined where one of them has no such setting. */
export interface Difference {
  path: string;
  title: string;
  one: Asked | undefined;
  other: Asked | undefined;
}

/** What differs, in the first job's order, then what only the second has. */
export function differences(one: readonly Asked[], other: readonly Asked[]): Difference[] {
  const theirs = new Map(other.map((each) => [each.path, each]));
  const ours = new Set(one.map((each) => each.path));
  return [
    ...one
      .map((each) => ({
        path: each.path,
        title: each.title,
        one: each,
        other: theirs.get(each.path),
      }))
      .filter((each) => !same(each.one.value, each.other?.value)),
    ...other
      .filter((each) => !ours.has(each.path))
      .map((each) => ({ path: each.path, title: each.title, one: undefined, other: each })),
  ];
}
