import type { Problem } from "$lib/api/types";

/**
 * Where in the form a problem belongs: "settings.epochs", "results.repository", "compute.gpus",
 * "name", "recipe" or "compute"; empty if it belongs to nothing that one can see. A field in a
 * row of a list of tables: "settings.folders.0.path".
 */
export type FieldPath = string;

export interface Known {
  readonly settings: ReadonlySet<string>;
  readonly results: ReadonlySet<string>;
  readonly compute: ReadonlySet<string>;
}

const OF_THE_JOB = new Set(["name", "recipe", "compute", "profile"]);

/** A problem's field as the server says it: with its table, or a setting's bare name. */
export function placeOf(field: string, known: Known): FieldPath {
  const [first = "", second = "", ...rest] = field.split(".");
  if (first === "settings" || first === "results")
    return known[first].has(second) ? `${first}.${second}${inRow(rest)}` : "";
  if (first === "compute" && known.compute.has(second)) return `compute.${second}`;
  if (known.settings.has(first)) return `settings.${first}${inRow([second, ...rest])}`;
  if (OF_THE_JOB.has(first)) return first;
  return known.results.has(first) ? `results.${first}` : "";
}

/** Of a list of tables, the row and the field in it: ".0.path". A line of a list has no field. */
function inRow([number = "", name = ""]: readonly string[]): string {
  return /^\d+$/.test(number) && name !== "" ? `.${number}.${name}` : "";
}

/** Whether a place is another one, or lies in one of its rows. */
export function isWithin(path: FieldPath, other: FieldPath): boolean {
  return path === other || path.startsWith(`${other}.`);
}

/** Problems by the place where they belong, each once, errors first. */
export function byPlace(
  problems: readonly Problem[],
  known: Known,
): ReadonlyMap<FieldPath, readonly Problem[]> {
  const placed = new Map<FieldPath, Problem[]>();
  for (const problem of worstFirst(problems)) {
    const path = placeOf(problem.field, known);
    const there = placed.get(path) ?? [];
    if (!there.some((other) => sameProblem(other, problem))) placed.set(path, [...there, problem]);
  }
  return placed;
}

/** The first without what the second has too. */
export function without(
  problems: readonly Problem[],
  others: readonly Problem[],
): readonly Problem[] {
  return problems.filter((problem) => !others.some((other) => sameProblem(problem, other)));
}

export function errorsOf(problems: readonly Problem[]): readonly Problem[] {
  return problems.filter((problem) => problem.severity === "error");
}

export function worstFirst(problems: readonly Problem[]): readonly Problem[] {
  return [...errorsOf(problems), ...problems.filter((problem) => problem.severity !== "error")];
}

function sameProblem(one: Problem, other: Problem): boolean {
  return one.sentence === other.sentence && one.field === other.field && one.place === other.place;
}
