import type { ComputeView, JobDraft, RecipeView } from "$lib/api/types";
import { matters, readFields, same, type FormField } from "$lib/form/schema";
import { t } from "$lib/texts";

/** One setting of a job as it was asked for. */
export interface Asked {
  /** Dotted, as overrides name it: “results.repository”; settings by their bare name. */
  path: string;
  title: string;
  group: string;
  value: unknown;
  /** undefined: nobody describes this setting. */
  field: FormField | undefined;
  changed: boolean;
  /** Whether it matters, with what the others are. */
  matters: boolean;
}

/**
 * All settings of a job, as its recipe and the compute that it runs on describe them; then what
 * those don't know.
 */
export function askedOf(
  job: JobDraft,
  recipe: RecipeView,
  computes: readonly ComputeView[] = [],
): Asked[] {
  const { name, ...options } = job.compute;
  const compute = computes.find((each) => each.name === name);
  return [
    ...table(job.settings, readFields(recipe.schema), "", t.jobSettings.otherGroup),
    ...table(
      job.results,
      readFields(recipe.results_schema),
      "results.",
      t.jobSettings.resultsGroup,
    ),
    ...ofCompute(table(options, readFields(compute?.schema ?? {}), "compute.", ""), compute, name),
  ];
}

/** Under one heading: its groups are called as some of the recipe's are. */
function ofCompute(list: Asked[], compute: ComputeView | undefined, name: string): Asked[] {
  return list.map((each) => ({ ...each, group: compute?.title ?? name }));
}

function table(
  values: Readonly<Record<string, unknown>>,
  fields: readonly FormField[],
  prefix: string,
  otherwise: string,
): Asked[] {
  const known = fields.map((field) => {
    const value = field.name in values ? values[field.name] : field.initial;
    return {
      path: prefix + field.name,
      title: titleAmong(field, fields),
      group: field.group || otherwise,
      value,
      field,
      changed: !same(value, field.initial),
      matters: matters(field, values),
    };
  });
  const names = new Set(fields.map((field) => field.name));
  const others = Object.entries(values)
    .filter(([name]) => !names.has(name))
    .map(([name, value]) => ({
      path: prefix + name,
      title: name,
      group: otherwise,
      value,
      field: undefined,
      changed: true,
      matters: true,
    }));
  return [...known, ...others];
}

/** Of several that are called alike, such as “Save every”, the unit tells which it is. */
function titleAmong(field: FormField, fields: readonly FormField[]): string {
  const namesake = (other: FormField) =>
    other !== field && other.title === field.title && other.group === field.group;
  return field.unit && fields.some(namesake) ? `${field.title} (${field.unit})` : field.title;
}

/** Under their headings, in the order in which those first appear. */
export function byGroup(list: readonly Asked[]): [string, Asked[]][] {
  const groups = new Map<string, Asked[]>();
  for (const each of list) groups.set(each.group, [...(groups.get(each.group) ?? []), each]);
  return [...groups];
}

/** An override's name as a form would show it. */
export function titleOf(path: string, list: readonly Asked[]): string {
  const bare = path.replace(/^settings\./, "");
  return list.find((each) => each.path === bare)?.title ?? path;
}
