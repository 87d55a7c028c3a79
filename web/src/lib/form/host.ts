import type { Choice, Place, Problem } from "$lib/api/types";
import type { FieldPath } from "./places";

/** Who holds the values of a form made from a schema, and knows what is wrong with them. */
export interface FormHost {
  value(path: FieldPath): unknown;
  set(path: FieldPath, value: unknown): void;
  /** What a reset goes back to. */
  origin(path: FieldPath): unknown;
  /** What the schema itself says. */
  default(path: FieldPath): unknown;
  changed(path: FieldPath): boolean;
  /** What counts where nothing is written, in words. */
  hint?(path: FieldPath): string;
  /** Those that are to be shown now. */
  problems(path: FieldPath): readonly Problem[];
  /** The same with those of its rows, if it is a list of tables. */
  within(path: FieldPath): readonly Problem[];
  /** Somebody is in the field, or has left it. */
  enter(path: FieldPath): void;
  leave(path: FieldPath): void;
  /** The search in a setting's list; undefined where there is none. */
  choices(path: FieldPath): ((find: string, signal: AbortSignal) => Promise<Choice[]>) | undefined;
  readonly places: (path: string, signal: AbortSignal) => Promise<Place[]>;
}
