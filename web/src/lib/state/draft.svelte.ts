import type { ComputeView, JobDraft, Preset, Problem, Profile, RecipeView } from "$lib/api/types";
import { complete, type FormField, matters, same, type Values } from "$lib/form/schema";
import { valueAt, withValue } from "$lib/form/nested";
import type { FieldPath, Known } from "$lib/form/places";
import { DraftTable, split, type TableName as Table } from "./draftTable";

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
  /** What was set for the compute; drafts of before there was anything to set lack it. */
  readonly options?: Values;
}

const HERE = "local";

/** A job in the making. Values are what it began with, and on top what was set since. */
export class Draft {
  readonly recipe: RecipeView;

  start = $state.raw<Start>({ kind: "defaults" });
  profile = $state.raw<Profile | null>(null);
  #set = $state.raw<Readonly<Record<Table, Values>>>({ settings: {}, results: {}, compute: {} });
  #name = $state<string | null>(null);
  #compute = $state<string | null>(null);

  readonly #settings: DraftTable;
  readonly #results: DraftTable;
  /** Of each compute, by its name. */
  readonly #places: ReadonlyMap<string, DraftTable>;

  constructor(recipe: RecipeView, computes: readonly ComputeView[] = []) {
    this.recipe = recipe;
    this.#settings = new DraftTable("settings", recipe.schema);
    this.#results = new DraftTable("results", recipe.results_schema);
    this.#places = new Map(
      computes.map(({ name, schema }) => [name, new DraftTable("compute", schema)]),
    );
  }

  /** The same draft as it was saved; what the recipe doesn't know any more is left out. */
  static restored(
    recipe: RecipeView,
    saved: SavedDraft,
    profiles: readonly Profile[],
    computes: readonly ComputeView[] = [],
  ): Draft {
    const draft = new Draft(recipe, computes);
    draft.start = saved.start;
    draft.profile = profiles.find((profile) => profile.name === saved.profile) ?? null;
    draft.#name = saved.name;
    draft.#compute = saved.compute;
    draft.#set = {
      settings: draft.#settings.known(saved.settings),
      results: draft.#results.known(saved.results),
      compute: saved.options ?? {},
    };
    return draft;
  }

  // -- values -------------------------------------------------------------------

  readonly settings: Values = $derived.by(() => this.#values("settings"));
  readonly results: Values = $derived.by(() => this.#values("results"));
  /** What is chosen of the compute, beside which one it is. */
  readonly options: Values = $derived.by(() => this.#values("compute"));

  readonly fields: Readonly<Record<Table, readonly FormField[]>> = $derived.by(() => ({
    settings: this.#settings.fields,
    results: this.#results.fields,
    compute: this.#table("compute").fields,
  }));
  readonly known: Known = $derived.by(() => ({
    settings: this.#settings.names,
    results: this.#results.names,
    compute: this.#table("compute").names,
  }));

  get name(): string {
    return this.#name ?? this.#began?.name ?? "";
  }

  set name(name: string) {
    this.#name = name === (this.#began?.name ?? "") ? null : name;
  }

  get compute(): string {
    return this.#compute ?? this.#began?.compute.name ?? this.#usual;
  }

  set compute(compute: string) {
    this.#compute = compute;
  }

  /** This computer, or where that is none to train on the first that is. */
  get #usual(): string {
    const [first = HERE] = this.#places.keys();
    return this.#places.has(HERE) ? HERE : first;
  }

  value(path: FieldPath): unknown {
    const [table, name, inside] = split(path);
    return within(this.#valuesOf(table)[name], inside);
  }

  set(path: FieldPath, value: unknown): void {
    const [table, name, inside] = split(path);
    const place = inside ? `${name}.${inside}` : name;
    const next = withValue(this.#valuesOf(table), place, value)[name];
    const others = Object.entries(this.#set[table]).filter(([other]) => other !== name);
    const began = same(next, this.#origin(table)[name]);
    const set = began ? others : [...others, [name, next] as const];
    this.#set = { ...this.#set, [table]: Object.fromEntries(set) };
  }

  /** What it began with. */
  origin(path: FieldPath): unknown {
    const [table, name, inside] = split(path);
    return within(this.#origin(table)[name], inside);
  }

  /** What the recipe, or the compute, itself would take. */
  default(path: FieldPath): unknown {
    const [table, name] = split(path);
    return this.#table(table).defaults[name];
  }

  changed(path: FieldPath): boolean {
    const [table, name] = split(path);
    return name in this.#set[table];
  }

  /** How much was set that would be missed. */
  get changes(): number {
    const set = [this.#set.settings, this.#set.results, this.#here()];
    const values = set.reduce((sum, table) => sum + Object.keys(table).length, 0);
    return values + Number(this.#name !== null);
  }

  /** How many values are as the profile has them, and otherwise wouldn't be. */
  get ofProfile(): number {
    const tables = ["settings", "results"] as const;
    return tables.reduce((sum, table) => {
      const { defaults } = this.#table(table);
      const given = Object.entries(this.#table(table).known(this.#ofProfile(table)));
      const told = given.filter(
        ([name, value]) => same(value, this.#valuesOf(table)[name]) && !same(value, defaults[name]),
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
    compute: { ...this.#sent("compute"), name: this.compute },
    results: this.#sent("results"),
  }));

  /** What is wrong by the schema alone, by place. */
  readonly wrong: ReadonlyMap<FieldPath, Problem> = $derived.by(
    () =>
      new Map(
        (["settings", "results", "compute"] as const).flatMap((table) =>
          this.#table(table).wrong(this.#sent(table)),
        ),
      ),
  );

  /** Fields that matter with these values. */
  shown(table: Table): readonly FormField[] {
    return this.fields[table].filter((field) => matters(field, this.#valuesOf(table)));
  }

  saved(): SavedDraft {
    const secret = new Set(
      this.fields.settings.flatMap(({ name, widget }) => (widget === "secret" ? [name] : [])),
    );
    const settings = Object.entries(this.#set.settings).filter(([name]) => !secret.has(name));
    return {
      recipe: this.recipe.name,
      start: this.start,
      name: this.#name,
      compute: this.#compute,
      profile: this.profile?.name ?? "",
      settings: Object.fromEntries(settings),
      results: this.#set.results,
      options: this.#set.compute,
    };
  }

  // -- layers -------------------------------------------------------------------

  #table(name: Table): DraftTable {
    if (name === "settings") return this.#settings;
    return name === "results" ? this.#results : (this.#places.get(this.compute) ?? NOWHERE);
  }

  #valuesOf(table: Table): Values {
    if (table === "settings") return this.settings;
    return table === "results" ? this.results : this.options;
  }

  #values(table: Table): Values {
    return { ...this.#origin(table), ...(table === "compute" ? this.#here() : this.#set[table]) };
  }

  /** What was set of the compute that is chosen now; of another one it is only kept. */
  #here(): Values {
    return this.#table("compute").known(this.#set.compute);
  }

  /** Defaults of the recipe, then of the profile, then what the start says. */
  #origin(table: Table): Values {
    const { defaults } = this.#table(table);
    return {
      ...defaults,
      ...this.#table(table).known(this.#ofProfile(table)),
      ...this.#table(table).known(this.#ofStart(table)),
    };
  }

  #ofProfile(table: Table): Values {
    const defaults = this.profile?.defaults;
    if (table === "results") return defaults?.results ?? {};
    return table === "settings" ? (defaults?.settings?.[this.recipe.name] ?? {}) : {};
  }

  #ofStart(table: Table): Values {
    const values: Values = this.#began?.[table] ?? {};
    if (table === "compute" && values["name"] !== this.compute) return {};
    if (this.start.kind !== "preset") return values;
    // It comes with every gap filled in: what it leaves as it is by default, it doesn't say.
    const { defaults } = this.#table(table);
    const said = Object.entries(values).filter(([name, value]) => !same(value, defaults[name]));
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
    const values = this.#valuesOf(table);
    const entries = this.fields[table].map((field) => {
      const path = `${table}.${field.name}`;
      const value = matters(field, values) ? this.value(path) : this.origin(path);
      return [field.name, complete(field, value)];
    });
    return Object.fromEntries(entries) as Record<string, unknown>;
  }
}

function within(value: unknown, place: string): unknown {
  return place ? valueAt(value, place) : value;
}

/** A compute that lets one choose nothing, or that is not here any more. */
const NOWHERE = new DraftTable("compute", {});
