import type { FieldPath } from "$lib/form/places";
import { rowsOf } from "$lib/form/rows";
import { type FormField, isEmpty } from "$lib/form/schema";
import { to } from "$lib/router.svelte";

export const STEPS = ["what", "data", "settings", "where", "start"] as const;
export type StepName = (typeof STEPS)[number];

/** A recipe without data has no step for it. */
export function stepsOf(settings: readonly FormField[] | undefined): readonly StepName[] {
  return settings && !settings.some(isData) ? STEPS.filter((step) => step !== "data") : STEPS;
}

/** What names data, or is a list of tables that do. */
export function isData(field: FormField): boolean {
  return field.widget === "dataset" || field.rows.some(isData);
}

/** Whether any data is named. */
export function namesData(field: FormField, value: unknown): boolean {
  if (!field.rows.length) return !isEmpty(value);
  const sources = field.rows.filter(isData);
  return rowsOf(value).some((row) => sources.some(({ name }) => !isEmpty(row[name])));
}

export function stepNamed(name: string | null, steps: readonly StepName[]): StepName {
  return steps.find((step) => step === name) ?? "what";
}

/** `at`: the field that is to be shown and focused there. */
export function addressOf(step: StepName, at: FieldPath = ""): string {
  return `${to.new()}${step === "what" ? "" : `?step=${step}`}${at ? `#${at}` : ""}`;
}

/** Where a field stands; what belongs to no field is said everywhere. */
export function stepOf(path: FieldPath, settings: readonly FormField[]): StepName | undefined {
  const [table, name] = path.split(".");
  switch (table) {
    case "settings":
      return settings.some((field) => field.name === name && isData(field)) ? "data" : "settings";
    case "results":
    case "compute":
    case "profile":
      return "where";
    case "name":
    case "recipe":
      return "what";
    default:
      return undefined;
  }
}
