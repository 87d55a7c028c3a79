import type { FormHost } from "./host";
import type { FieldPath } from "./places";
import { type FormField, initialValues, same, type Values } from "./schema";

/** The rows of a list of tables, whatever it was said to be. */
export function rowsOf(value: unknown): readonly Values[] {
  return Array.isArray(value) ? value.filter(isValues) : [];
}

/** A row that nobody has written anything into. */
export function emptyRow(field: FormField): Values {
  return initialValues(field.rows);
}

/** One row of a list of tables as a form of its own, whose fields lie at "list.0.name". */
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

  value(path: FieldPath): unknown {
    return this.#of(this.#form.value(this.#list), path);
  }

  set(path: FieldPath, value: unknown): void {
    const rows = rowsOf(this.#form.value(this.#list));
    const next = rows.map((row, index) =>
      index === this.#index ? { ...row, [this.#name(path)]: value } : row,
    );
    this.#form.set(this.#list, next);
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
}

function isValues(row: unknown): row is Values {
  return typeof row === "object" && row !== null && !Array.isArray(row);
}
