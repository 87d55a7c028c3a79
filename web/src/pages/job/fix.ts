import type { JobDraft, JobView, RecipeView } from "$lib/api/types";
import { type FormField, readFields } from "$lib/form/schema";

export interface Change {
  readonly name: string;
  readonly title: string;
  readonly value: unknown;
}

/**
 * The settings that follow a cause's advice, with values: the server names those that are plain;
 * “half” and “double” are of what was asked. Empty where advice is in words alone, or names a
 * setting that may not change between attempts.
 */
export function changesOf(
  view: Pick<JobView, "fix" | "cause">,
  asked: JobDraft | null,
  recipe: RecipeView | null,
): readonly Change[] {
  const advice = { ...view.cause?.fix, ...view.fix };
  if (!asked || !recipe || Object.keys(advice).length === 0) return [];
  const fields = readFields(recipe.schema);
  const changes = Object.entries(advice).map(([name, text]) => {
    const field = fields.find((known) => known.name === name);
    const value = field && valueOf(text, field, asked.settings[name]);
    return field && value !== undefined && recipe.changeable.includes(name)
      ? { name, title: field.title, value }
      : null;
  });
  const sure = changes.filter((change) => change !== null);
  if (sure.length < changes.length) return [];
  return sure.filter(({ name, value }) => value !== asked.settings[name]);
}

/** undefined: the advice names no value. */
function valueOf(text: string, field: FormField, now: unknown): unknown {
  if (text === "half" || text === "double")
    return typeof now === "number" ? scaled(now, text === "half" ? 0.5 : 2, field) : undefined;
  if (field.kind === "integer" || field.kind === "number") {
    const value = Number(text);
    return text.trim() !== "" && Number.isFinite(value) ? value : undefined;
  }
  if (field.kind === "switch") return text === "true" || text === "1";
  const options = field.options.map((option) => String(option.value));
  return options.length === 0 || options.includes(text) ? text : undefined;
}

/** Within what the setting allows. */
function scaled(now: number, by: number, field: FormField): number {
  const exact = field.kind === "integer" ? Math.floor(now * by) : now * by;
  return Math.min(field.max ?? Infinity, Math.max(field.min ?? -Infinity, exact));
}
