import type { Problem, Schema } from "$lib/api/types";
import { type FieldPath } from "$lib/form/places";
import { type FormField, initialValues, readFields, type Values } from "$lib/form/schema";
import { Validation } from "$lib/form/validate";

/** Tables of a job file whose fields a schema describes. */
export type TableName = "settings" | "results" | "compute";

/** The fields of one table, and what they are without anybody's doing. */
export class DraftTable {
  readonly name: TableName;
  readonly fields: readonly FormField[];
  readonly names: ReadonlySet<string>;
  readonly defaults: Values;
  readonly #validation: Validation;

  constructor(name: TableName, schema: Schema) {
    this.name = name;
    this.fields = readFields(schema);
    this.names = namesOf(this.fields);
    this.defaults = initialValues(this.fields);
    this.#validation = new Validation(this.fields);
  }

  /** Those of the values that it has a field for. */
  known(values: Values): Values {
    return Object.fromEntries(Object.entries(values).filter(([name]) => this.names.has(name)));
  }

  /** What is wrong by the schema alone, by place. */
  wrong(values: Values): readonly (readonly [FieldPath, Problem])[] {
    return [...this.#validation.problems(values)].map(([name, problem]) => {
      const path = `${this.name}.${name}`;
      return [path, { ...problem, field: path }] as const;
    });
  }
}

/** Its table, its field there, and where inside of that: "" is all of it. */
export function split(path: FieldPath): readonly [TableName, string, string] {
  const [table = "", name = "", ...inside] = path.split(".");
  const known = table === "results" || table === "compute" ? table : "settings";
  return [known, name, inside.join(".")];
}

function namesOf(fields: readonly FormField[]): ReadonlySet<string> {
  return new Set(fields.map((field) => field.name));
}
