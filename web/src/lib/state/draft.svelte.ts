import type { JobDraft, Preset, Problem, Profile, RecipeView } from "$lib/api/types";
import {
  type FormField,
  initialValues,
  isEmpty,
  matters,
  readFields,
  same,
  type Values,
} from "$lib/form/schema";
import type { FieldPath, Known } from "$lib/form/places";
import { Validation } from "$lib/form/validate";

/** What a draft began with. A job or a file says every value; a preset only some. */
export type Start =
  | { readonly kind: "defaults" }
  | { readonly kind: "preset"; readonly name: string }
  | { readonly kind: "job"; readonly id: string; readonly job: JobDraft }
  | { readonly kind: "file"; readonly name: string; readonly job: JobDraft };

/** What outlives a reload: the start and what was set since. Never a secret. */
export interface SavedDraft {
  readonly recipe: string;
  readonly start: Start;
  /** Null: as it began. */
  readonly name: string | null;
  readonly compute: string | null;
  readonly profile: string;
  readonly settings: Values;
  readonly results: Values;
}

const HERE = "local";
type Table = "settings" | "results";

/** A job in the making. Values are what it began with, and on top what was set since. */
export class Draft {
  readonly recipe: RecipeView;
  readonly fields: Readonly<Record<Table, readonly FormField[]>>;
  readonly known: Known;

  start = $state.raw<Start>({ kind: "defaults" });
  profile = $state.raw<Profile | null>(null);
  #set = $state.raw<Readonly<Record<Table, Values>>>({ settings: {}, results: {} });
  #name = $state<string | null>(null);
  #compute = $state<string | null>(null);

  readonly #defaults: Readonly<Record<Table, Values>>;
  readonly #validation: Readonly<Record<Table, Validation>>;

  constructor(recipe: RecipeView) {
    const settings = readFields(recipe.schema);
    const results = readFields(recipe.results_schema);
    this.recipe = recipe;
    this.fields = { settings, results };
    this.known = { settings: names(settings), results: names(results) };
    this.#defaults = { settings: initialValues(settings), results: initialValues(results) };
    this.#validation = { settings: new Validation(settings), results: new Validation(results) };
  }

  /** The same draft as it was saved; what the recipe doesn't know any more is left out. */
  static restored(recipe: RecipeView, saved: SavedDraft, profiles: readonly Profile[]): Draft {
    const draft = new Draft(recipe);
    draft.start = saved.start;
    draft.profile = profiles.find((profile) => profile.name === saved.profile) ?? null;
    draft.#name = saved.name;
    draft.#compute = saved.compute;
    draft.#set = {
      settings: knownValues(saved.settings, draft.known.settings),
      results: knownValues(saved.results, draft.known.results),
    };
    return draft;
  }

  // -- values -------------------------------------------------------------------

  readonly settings: Values = $derived.by(() => this.#values("settings"));
  readonly results: Values = $derived.by(() => this.#values("results"));

  get name(): string {
    return this.#name ?? this.#began?.name ?? "";
  }

  set name(name: string) {
    this.#name = name === (this.#began?.name ?? "") ? null : name;
  }

  get compute(): string {
    return this.#compute ?? this.#began?.compute.name ?? HERE;
  }

  set compute(compute: string) {
    this.#compute = compute;
  }

  value(path: FieldPath): unknown {
    const [table, name] = split(path);
    return this[table][name];
  }

  set(path: FieldPath, value: unknown): void {
    const [table, name] = split(path);
    const others = Object.entries(this.#set[table]).filter(([other]) => other !== name);
    const set = same(value, this.origin(path)) ? others : [...others, [name, value] as const];
    this.#set = { ...this.#set, [table]: Object.fromEntries(set) };
  }

  /** What it began with. */
  origin(path: FieldPath): unknown {
    const [table, name] = split(path);
    return this.#origin(table)[name];
  }

  /** What the recipe itself would take. */
  default(path: FieldPath): unknown {
    const [table, name] = split(path);
    return this.#defaults[table][name];
  }

  changed(path: FieldPath): boolean {
    const [table, name] = split(path);
    return name in this.#set[table];
  }

  /** How much was set that would be missed. */
  get changes(): number {
    const { settings, results } = this.#set;
    return Object.keys(settings).length + Object.keys(results).length + Number(this.#name !== null);
  }

  /** How many values are as the profile has them, and otherwise wouldn't be. */
  get ofProfile(): number {
    const tables = ["settings", "results"] as const;
    return tables.reduce((sum, table) => {
      const given = Object.entries(knownValues(this.#ofProfile(table), this.known[table]));
      const told = given.filter(
        ([name, value]) =>
          same(value, this[table][name]) && !same(value, this.#defaults[table][name]),
      );
      return sum + told.length;
    }, 0);
  }

  // -- what comes of it ---------------------------------------------------------

  /** As the server takes it. What doesn't matter, with these values, is as it began. */
  readonly job: JobDraft = $derived.by(() => ({
    format: 1,
    recipe: this.recipe.name,
    name: this.name.trim(),
    settings: this.#sent("settings"),
    compute: { name: this.compute },
    results: this.#sent("results"),
  }));

  /** What is wrong by the schema alone, by place. */
  readonly wrong: ReadonlyMap<FieldPath, Problem> = $derived.by(
    () => new Map([...this.#wrong("settings"), ...this.#wrong("results")]),
  );

  /** Fields that matter with these values. */
  shown(table: Table): readonly FormField[] {
    return this.fields[table].filter((field) => matters(field, this[table]));
  }

  saved(): SavedDraft {
    const secret = this.fields.settings.filter((field) => field.widget === "secret");
    const settings = knownValues(this.#set.settings, minus(this.known.settings, names(secret)));
    return {
      recipe: this.recipe.name,
      start: this.start,
      name: this.#name,
      compute: this.#compute,
      profile: this.profile?.name ?? "",
      settings,
      results: this.#set.results,
    };
  }

  // -- layers -------------------------------------------------------------------

  #values(table: Table): Values {
    return { ...this.#origin(table), ...this.#set[table] };
  }

  /** Defaults of the recipe, then of the profile, then what the start says. */
  #origin(table: Table): Values {
    const profile = this.#ofProfile(table);
    return {
      ...this.#defaults[table],
      ...knownValues(profile, this.known[table]),
      ...knownValues(this.#ofStart(table), this.known[table]),
    };
  }

  #ofProfile(table: Table): Values {
    const defaults = this.profile?.defaults;
    if (table === "results") return defaults?.results ?? {};
    return defaults?.settings?.[this.recipe.name] ?? {};
  }

  #ofStart(table: Table): Values {
    const values = this.#began?.[table] ?? {};
    if (this.start.kind !== "preset") return values;
    // It comes with every gap filled in: what it leaves as it is by default, it doesn't say.
    const said = Object.entries(values).filter(
      ([name, value]) => !same(value, this.#defaults[table][name]),
    );
    return Object.fromEntries(said);
  }

  get #began(): JobDraft | undefined {
    const { start } = this;
    if (start.kind === "preset") return this.#preset(start.name)?.job;
    return start.kind === "defaults" ? undefined : start.job;
  }

  #preset(name: string): Preset | undefined {
    return this.recipe.presets.find((preset) => preset.name === name);
  }

  #sent(table: Table): Record<string, unknown> {
    const entries = this.fields[table].map((field) => {
      const path = `${table}.${field.name}`;
      const value = matters(field, this[table]) ? this.value(path) : this.origin(path);
      return [field.name, field.kind === "lines" ? withoutGaps(value) : value];
    });
    return Object.fromEntries(entries) as Record<string, unknown>;
  }

  #wrong(table: Table): readonly (readonly [FieldPath, Problem])[] {
    const problems = this.#validation[table].problems(this.#sent(table));
    return [...problems].map(([name, problem]) => {
      const path = `${table}.${name}`;
      return [path, { ...problem, field: path }] as const;
    });
  }
}

/** An empty line is no line: it only waits to be written. */
function withoutGaps(value: unknown): unknown {
  return Array.isArray(value) ? value.filter((line) => !isEmpty(line)) : value;
}

function split(path: FieldPath): readonly [Table, string] {
  const [table = "", name = ""] = path.split(".");
  return [table === "results" ? "results" : "settings", name];
}

function names(fields: readonly FormField[]): ReadonlySet<string> {
  return new Set(fields.map((field) => field.name));
}

function minus(names: ReadonlySet<string>, less: ReadonlySet<string>): ReadonlySet<string> {
  return new Set([...names].filter((name) => !less.has(name)));
}

function knownValues(values: Values, known: ReadonlySet<string>): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => known.has(name)));
}
