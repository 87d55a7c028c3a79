import type { Problem, ProfileDefaults } from "$lib/api/types";
import { type FormField, same, type Values } from "$lib/form/schema";
import type { Profiles } from "$lib/state/profiles.svelte";
import { problemsOf } from "../problems";

/** `results`, or `settings.` and a recipe's name: as problems name their places. */
export type Table = "results" | `settings.${string}`;

export type Standing = "kept" | "changed" | "saving" | "refused";

const REST = 600; // ms without a change until it is kept

/** A profile's defaults as they are edited. They are kept by themselves, soon after each change. */
export class DefaultsDraft {
  #tables = $state.raw<ReadonlyMap<Table, Values>>(new Map());
  #standing = $state<Standing>("kept");
  #problems = $state.raw<readonly Problem[]>([]);
  readonly #name: string;
  readonly #profiles: Profiles;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(name: string, profiles: Profiles) {
    this.#name = name;
    this.#profiles = profiles;
    this.#tables = tablesOf(profiles.get(name)?.defaults ?? {});
  }

  get standing(): Standing {
    return this.#standing;
  }

  /** Recipes that it has defaults for. */
  get recipes(): readonly string[] {
    return [...this.#tables].flatMap(([table, values]) =>
      table !== "results" && Object.keys(values).length ? [table.slice("settings.".length)] : [],
    );
  }

  has(table: Table, name: string): boolean {
    return Object.hasOwn(this.#tables.get(table) ?? {}, name);
  }

  value(table: Table, field: FormField): unknown {
    return this.has(table, field.name) ? this.#tables.get(table)?.[field.name] : field.initial;
  }

  /** What is the recipe's own default again is no default of the profile's. */
  set(table: Table, field: FormField, value: unknown): void {
    const others = Object.entries(this.#tables.get(table) ?? {}).filter(
      ([name]) => name !== field.name,
    );
    const own = same(value, field.initial) ? [] : [[field.name, value] as const];
    this.#change(table, Object.fromEntries([...others, ...own]));
    this.#problems = this.#problems.filter((each) => each.field !== placeOf(table, field.name));
  }

  /** Forgets all defaults for a recipe. */
  drop(table: Table): void {
    this.#change(table, {});
    void this.keep();
  }

  /** Why the newest change was refused; of one default, or of all. */
  problems(table?: Table, name = ""): readonly Problem[] {
    if (table === undefined) return this.#problems;
    return this.#problems.filter((problem) => problem.field === placeOf(table, name));
  }

  /** Keeps what was changed now. What changes meanwhile is kept after it. */
  async keep(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#standing !== "changed") return;
    this.#standing = "saving";
    const title = this.#profiles.get(this.#name)?.title ?? "";
    try {
      await this.#profiles.keep(this.#name, title, defaultsOf(this.#tables));
      this.#settle("kept", []);
    } catch (error) {
      this.#settle("refused", problemsOf(error));
    }
  }

  #change(table: Table, values: Values): void {
    this.#tables = new Map(this.#tables).set(table, values);
    this.#standing = "changed";
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.keep(), REST);
  }

  #settle(standing: Standing, problems: readonly Problem[]): void {
    if (this.#now === "changed") return; // by a newer change, which waits for its own rest
    this.#standing = standing;
    this.#problems = problems;
  }

  get #now(): Standing {
    return this.#standing;
  }
}

/** Where a problem of one default is said to be. */
export function placeOf(table: Table, name: string): string {
  return `defaults.${table}.${name}`;
}

function tablesOf(defaults: ProfileDefaults): ReadonlyMap<Table, Values> {
  const settings = Object.entries(defaults.settings ?? {}).map(
    ([recipe, values]) => [`settings.${recipe}`, values] as const,
  );
  return new Map<Table, Values>([["results", defaults.results ?? {}], ...settings]);
}

function defaultsOf(tables: ReadonlyMap<Table, Values>): ProfileDefaults {
  const settings: Record<string, Record<string, unknown>> = {};
  for (const [table, values] of tables)
    if (table !== "results" && Object.keys(values).length)
      settings[table.slice("settings.".length)] = { ...values };
  return { settings, results: { ...tables.get("results") } };
}
