import { SvelteSet } from "svelte/reactivity";
import type { Control } from "$lib/api/control";
import type { Choice, JobDraft, Place, Problem, RecipeView, Schema } from "$lib/api/types";
import type { FormHost } from "$lib/form/host";
import { type FieldPath, byPlace, isWithin } from "$lib/form/places";
import { complete, type FormField, matters, readFields, same } from "$lib/form/schema";
import { Validation } from "$lib/form/validate";

type Calls = Pick<Control, "choices" | "places">;

const TABLE = "settings.";

/** The settings that may change between attempts: as they were, and what is set anew. */
export class ResumeForm implements FormHost {
  readonly fields: readonly FormField[];
  readonly #control: Calls;
  readonly #recipe: RecipeView;
  readonly #before: Readonly<Record<string, unknown>>;
  readonly #validation: Validation;
  readonly #left = new SvelteSet<string>();
  #now = $state.raw<Readonly<Record<string, unknown>>>({});
  #refused = $state.raw<readonly Problem[]>([]);
  #wrong = $derived.by(() => this.#validation.problems({ ...this.#before, ...this.#now }));

  constructor(control: Calls, recipe: RecipeView, asked: JobDraft) {
    this.#control = control;
    this.#recipe = recipe;
    this.#before = asked.settings;
    const changeable = readFields(recipe.schema as Schema).filter((field) =>
      recipe.changeable.includes(field.name),
    );
    // What takes most room and is changed least, such as folders of data, comes last.
    const isLong = ({ kind }: FormField) => kind === "rows";
    this.fields = [
      ...changeable.filter((field) => !isLong(field)),
      ...changeable.filter((field) => isLong(field)),
    ];
    this.#validation = new Validation(this.fields);
  }

  /** Those that matter, with what the others are now. */
  get shown(): readonly FormField[] {
    const values = { ...this.#before, ...this.#now };
    return this.fields.filter((field) => matters(field, values));
  }

  /** What differs from before, as a resume takes it. */
  get changes(): Record<string, unknown> {
    const said = this.fields
      .filter(({ name }) => name in this.#now && !same(this.#now[name], this.#before[name]))
      .map((field) => [field.name, complete(field, this.#now[field.name])] as const);
    return Object.fromEntries(said);
  }

  /** Whether anything is wrong that the schema knows of. All of it is shown from now on. */
  check(): boolean {
    for (const field of this.fields) this.#left.add(field.name);
    for (const name of this.#wrong.keys()) this.#left.add(name);
    return this.#wrong.size === 0;
  }

  /** Shows what the server found; answers what belongs to no field. */
  refuse(problems: readonly Problem[]): readonly Problem[] {
    this.#refused = problems;
    const shown = new Set(this.fields.flatMap((field) => this.within(TABLE + field.name)));
    return problems.filter((problem) => !shown.has(problem));
  }

  value(path: FieldPath): unknown {
    const name = nameOf(path);
    return name in this.#now ? this.#now[name] : this.#before[name];
  }

  set(path: FieldPath, value: unknown): void {
    this.#now = { ...this.#now, [nameOf(path)]: value };
    this.#refused = [];
  }

  origin(path: FieldPath): unknown {
    return this.#before[nameOf(path)];
  }

  default(path: FieldPath): unknown {
    return this.#field(path)?.initial;
  }

  changed(path: FieldPath): boolean {
    return nameOf(path) in this.changes;
  }

  problems(path: FieldPath): readonly Problem[] {
    const name = nameOf(path);
    const wrong = this.#left.has(name) ? this.#wrong.get(name) : undefined;
    return [...(wrong ? [wrong] : []), ...(this.#placed().get(path) ?? [])];
  }

  within(path: FieldPath): readonly Problem[] {
    const wrong = [...this.#wrong.keys()].map((name) => TABLE + name);
    const places = new Set([path, ...wrong, ...this.#placed().keys()]);
    return [...places].filter((place) => isWithin(place, path)).flatMap((p) => this.problems(p));
  }

  #placed(): ReadonlyMap<FieldPath, readonly Problem[]> {
    return byPlace(this.#refused, {
      settings: new Set(this.fields.map((field) => field.name)),
      results: new Set<string>(),
      compute: new Set<string>(),
    });
  }

  enter(path: FieldPath): void {
    this.#left.delete(nameOf(path));
  }

  leave(path: FieldPath): void {
    this.#left.add(nameOf(path));
  }

  choices(path: FieldPath) {
    const name = nameOf(path);
    if (!this.#recipe.choices.includes(name)) return undefined;
    return (find: string, signal: AbortSignal): Promise<Choice[]> =>
      this.#control.choices(this.#recipe.name, name, find, signal);
  }

  readonly places = (path: string, signal: AbortSignal): Promise<Place[]> =>
    this.#control.places(path, signal);

  #field(path: FieldPath): FormField | undefined {
    return this.fields.find((field) => field.name === nameOf(path));
  }
}

function nameOf(path: FieldPath): string {
  return path.startsWith(TABLE) ? path.slice(TABLE.length) : path;
}
