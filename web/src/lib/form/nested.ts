import { type FormField, inherited, matters, type Values } from "./schema";

/** Values inside of values: `fields.py` has the same for Python. */

/** A text that stands somewhere among the values. */
export interface Text {
  /** "folder", "words.0" of a list, "folders.0.path" of a list of tables. */
  readonly place: string;
  readonly field: FormField;
  readonly value: string;
  /** Whether its field matters, with these values of the others. */
  readonly matters: boolean;
}

/** Every text among the values. */
export function textsOf(fields: readonly FormField[], values: Values): readonly Text[] {
  return textsIn(fields, values, values, "", true);
}

/** A place with a star for each row, as a recipe names what stands in all of them. */
export function patternOf(place: string): string {
  return place.replace(/\.\d+(?=\.|$)/g, ".*");
}

/** What stands at a place; undefined where there is no such. */
export function valueAt(values: unknown, place: string): unknown {
  return place
    .split(".")
    .reduce<unknown>(
      (inside, name) =>
        typeof inside === "object" && inside !== null && Object.hasOwn(inside, name)
          ? (inside as Values)[name]
          : undefined,
      values,
    );
}

/** The same values with another one at a place, which may be a further row of a list. */
export function withValue(values: Values, place: string, value: unknown): Values {
  const [name = "", ...rest] = place.split(".");
  if (!rest.length) return { ...values, [name]: value };
  const inside = values[name];
  if (!Array.isArray(inside))
    return { ...values, [name]: withValue((inside ?? {}) as Values, rest.join("."), value) };
  const [number = "", ...deeper] = rest;
  const rows = [...(inside as unknown[])];
  const row = Number(number);
  rows[row] = deeper.length
    ? withValue((rows[row] ?? {}) as Values, deeper.join("."), value)
    : value;
  return { ...values, [name]: rows };
}

function textsIn(
  fields: readonly FormField[],
  values: Values,
  holding: Values,
  table: string,
  shown: boolean,
): readonly Text[] {
  return fields.flatMap((field) => {
    const value = values[field.name];
    const place = `${table}${field.name}`;
    const counts = shown && matters(field, holding);
    if (typeof value === "string") return [{ place, field, value, matters: counts }];
    if (!Array.isArray(value)) return [];
    return value.flatMap((each: unknown, index) => {
      const at = `${place}.${String(index)}`;
      if (typeof each === "string") return [{ place: at, field, value: each, matters: counts }];
      if (field.kind !== "rows" || typeof each !== "object" || each === null) return [];
      const row = each as Values;
      return textsIn(field.rows, row, inherited(row, holding), `${at}.`, counts);
    });
  });
}
