import type { FormHost } from "./host";
import type { FieldPath } from "./places";
import {
  type FormField,
  inherited,
  initialValues,
  isEmpty,
  matters,
  same,
  type Values,
} from "./schema";
import { inWords } from "./words";

/** The rows of a list of tables, whatever it was said to be. */
export function rowsOf(value: unknown): readonly Values[] {
  return Array.isArray(value) ? value.filter(isValues) : [];
}

/** A row that nobody has written anything into. */
export function emptyRow(field: FormField): Values {
  return initialValues(field.rows);
}

/**
 * One row of a list of tables as a form of its own, whose fields lie at "list.0.name". It may be
 * one more than the list has: it becomes part of it once something is written into it.
 */
export class RowForm implements FormHost {
  readonly #form: FormHost;
  readonly #field: FormField;
  readonly #list: FieldPath;
  readonly #index: number;
  readonly places: FormHost["places"];

  constructor(form: FormHost, field: FormField, list: FieldPath, index: number) {
    this.#form = form;
    this.#field = field;
    this.#list = list;
    this.#index = index;
    this.places = form.places;
  }

  get path(): FieldPath {
    return `${this.#list}.${String(this.#index)}`;
  }

  /** Fields that matter: to a row, what it leaves empty is as set for all. */
  get shown(): readonly FormField[] {
    const row = rowsOf(this.#form.value(this.#list))[this.#index] ?? {};
    return this.#field.rows.filter((field) => {
      const names = Object.keys(field.shownWhen);
      const outer = Object.fromEntries(names.map((name) => [name, this.#beside(name)]));
      return matters(field, inherited(row, outer));
    });
  }

  value(path: FieldPath): unknown {
    return this.#of(this.#form.value(this.#list), path);
  }

  set(path: FieldPath, value: unknown): void {
    const rows = [...rowsOf(this.#form.value(this.#list))];
    const row = rows[this.#index] ?? emptyRow(this.#field);
    rows[this.#index] = { ...row, [this.#name(path)]: value };
    this.#form.set(this.#list, rows);
  }

  /** A row that was added began empty. */
  origin(path: FieldPath): unknown {
    return this.#of(this.#form.origin(this.#list), path);
  }

  default(path: FieldPath): unknown {
    return this.#field.rows.find(({ name }) => name === this.#name(path))?.initial;
  }

  changed(path: FieldPath): boolean {
    return !same(this.value(path), this.origin(path));
  }

  /** What counts where it is left empty: the value that is set for all, in words. */
  hint(path: FieldPath): string {
    const outer = this.default(path) === null ? this.#beside(this.#name(path)) : undefined;
    if (typeof outer === "boolean") return inWords(outer);
    if (isEmpty(outer)) return "";
    return Array.isArray(outer) ? outer.join(", ") : inWords(outer);
  }

  problems(path: FieldPath) {
    return this.#form.problems(path);
  }

  within(path: FieldPath) {
    return this.#form.within(path);
  }

  enter(path: FieldPath): void {
    this.#form.enter(path);
  }

  leave(path: FieldPath): void {
    this.#form.leave(path);
  }

  choices(path: FieldPath) {
    return this.#form.choices(path);
  }

  #of(list: unknown, path: FieldPath): unknown {
    const row = rowsOf(list)[this.#index];
    const name = this.#name(path);
    return row && name in row ? row[name] : this.default(path);
  }

  #name(path: FieldPath): string {
    return path.slice(this.path.length + 1);
  }

  /** The field of this name in the table that the list stands in. */
  #beside(name: string): unknown {
    return this.#form.value(`${this.#list.slice(0, this.#list.lastIndexOf("."))}.${name}`);
  }
}

function isValues(row: unknown): row is Values {
  return typeof row === "object" && row !== null && !Array.isArray(row);
}
