import type { Control } from "$lib/api/control";
import type { Choice, Place, Problem, RecipeView } from "$lib/api/types";
import type { FormHost } from "$lib/form/host";
import type { FieldPath } from "$lib/form/places";
import { type FormField, matters, readFields } from "$lib/form/schema";
import { Validation } from "$lib/form/validate";
import { type DefaultsDraft, placeOf, type Table } from "./defaults.svelte";

/** A recipe's form over a profile's defaults: what one sets here, new jobs begin with. */
export class DefaultsForm implements FormHost {
  readonly #recipe: RecipeView;
  readonly #draft: DefaultsDraft;
  readonly #control: Pick<Control, "choices" | "places">;
  readonly #fields: ReadonlyMap<FieldPath, FormField>;

  constructor(
    recipe: RecipeView,
    draft: DefaultsDraft,
    control: Pick<Control, "choices" | "places">,
  ) {
    this.#recipe = recipe;
    this.#draft = draft;
    this.#control = control;
    // A list of tables is a job's own data: nothing that one begins with.
    const under = (table: string, fields: readonly FormField[]) =>
      fields
        .filter(({ kind }) => kind !== "rows")
        .map((field) => [`${table}.${field.name}`, field] as const);
    this.#fields = new Map([
      ...under("settings", readFields(recipe.schema)),
      ...under("results", readFields(recipe.results_schema)),
    ]);
  }

  /** Those that matter as things stand, and all that are set. */
  fields(table: "settings" | "results"): readonly FormField[] {
    const all = [...this.#fields].filter(([path]) => path.startsWith(`${table}.`));
    const values = Object.fromEntries(all.map(([path, field]) => [field.name, this.value(path)]));
    return all.flatMap(([path, field]) =>
      matters(field, values) || this.changed(path) ? [field] : [],
    );
  }

  value(path: FieldPath): unknown {
    const field = this.#fields.get(path);
    return field && this.#draft.value(this.#table(path), field);
  }

  set(path: FieldPath, value: unknown): void {
    const field = this.#fields.get(path);
    if (field) this.#draft.set(this.#table(path), field, value);
  }

  origin(path: FieldPath): unknown {
    return this.#fields.get(path)?.initial;
  }

  default(path: FieldPath): unknown {
    return this.origin(path);
  }

  changed(path: FieldPath): boolean {
    const field = this.#fields.get(path);
    return field !== undefined && this.#draft.has(this.#table(path), field.name);
  }

  problems(path: FieldPath): readonly Problem[] {
    const field = this.#fields.get(path);
    if (!field) return [];
    const refused = this.#draft.problems(this.#table(path), field.name);
    // Where the schema alone says what is wrong, its words are about this field and no job's.
    const plain = new Validation([field]).problems({ [field.name]: this.value(path) });
    return refused.length && plain.size ? [...plain.values()] : refused;
  }

  within(path: FieldPath): readonly Problem[] {
    return this.problems(path);
  }

  /** Problems that no field of this form shows. */
  get otherProblems(): readonly Problem[] {
    const own = new Set(
      [...this.#fields].map(([path, field]) => placeOf(this.#table(path), field.name)),
    );
    return this.#draft.problems().filter((problem) => !own.has(problem.field));
  }

  enter(): void {
    // Nothing is judged before it is kept.
  }

  leave(): void {
    void this.#draft.keep();
  }

  choices(path: FieldPath) {
    const name = path.slice("settings.".length);
    if (!path.startsWith("settings.") || !this.#recipe.choices.includes(name)) return undefined;
    return (find: string, signal: AbortSignal): Promise<Choice[]> =>
      this.#control.choices(this.#recipe.name, name, find, signal);
  }

  readonly places = (path: string, signal: AbortSignal): Promise<Place[]> =>
    this.#control.places(path, signal);

  #table(path: FieldPath): Table {
    return path.startsWith("results.") ? "results" : `settings.${this.#recipe.name}`;
  }
}
