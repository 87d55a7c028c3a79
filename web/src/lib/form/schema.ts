import type { Schema } from "$lib/api/types";

/**
 * A form's fields, read from a JSON Schema with the extras that Tuneyard's recipes write
 * (`fields.py`). Nothing here knows a recipe: a widget that nobody knows is its type.
 */

export type Values = Readonly<Record<string, unknown>>;
export type Importance = "basic" | "advanced" | "expert";
export type Kind =
  "text" | "integer" | "number" | "switch" | "lines" | "numbers" | "table" | "rows" | "json";

export interface Option {
  readonly value: string | number;
  /** In words, where the recipe says so. */
  readonly meaning: string;
}

/** What is read of a folder: whether what is inside of its folders, and endings that are not. */
export interface Reads {
  readonly inside: boolean;
  readonly without: readonly string[];
  /** Whether a .zip will do in its place. */
  readonly archive: boolean;
}

export interface FormField {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly unit: string;
  readonly group: string;
  readonly importance: Importance;
  readonly widget: string;
  readonly kind: Kind;
  /** Whether it may be empty: null. */
  readonly nullable: boolean;
  readonly initial: unknown;
  /** Empty unless it is one of a few. */
  readonly options: readonly Option[];
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly maxItems: number | undefined;
  /** Other fields and the value, or list of values, for which this one matters. */
  readonly shownWhen: Values;
  /** Of a list of tables: what one of them is called, and the fields of each. */
  readonly row: string;
  readonly rows: readonly FormField[];
  /** Of one that names a folder. */
  readonly reads: Reads;
  /** Of a switch: what a stop that saves does more, while it is on. */
  readonly atStop: string;
  /** What a value that is not null must be. */
  readonly schema: Schema;
}

export function readFields(schema: Schema): readonly FormField[] {
  return Object.entries(objectOf(schema["properties"])).map(([name, property]) =>
    readField(name, objectOf(property), schema),
  );
}

/** A value as it is sent: every field of each row filled in, and no empty line. */
export function complete(field: FormField, value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  if (field.kind === "lines") return value.filter((line) => !isEmpty(line));
  if (field.kind !== "rows") return value;
  return value.map((row) => (isObject(row) ? completeRow(field, row) : (row as unknown)));
}

function completeRow({ rows }: FormField, row: Values): Values {
  const filled = rows.map((each) => {
    const value = each.name in row ? row[each.name] : each.initial;
    return [each.name, complete(each, value)] as const;
  });
  return { ...row, ...Object.fromEntries(filled) };
}

/** What holds in a row of a list of tables: what it leaves empty is as set for all. */
export function inherited(row: Values, outer: Values): Values {
  const told = Object.entries(row).filter(([, value]) => value !== null && value !== undefined);
  return { ...outer, ...Object.fromEntries(told) };
}

/** Whether a field matters, with these values of the others. `*` is any that is not empty. */
export function matters(field: FormField, values: Values): boolean {
  return Object.entries(field.shownWhen).every(([other, wanted]) => {
    const value = values[other];
    if (wanted === "*") return !isEmpty(value);
    return Array.isArray(wanted) ? wanted.includes(value) : value === wanted;
  });
}

/** What a stop that saves does beside a checkpoint, of a job with these values. */
export function saidAtStop(fields: readonly FormField[], values: Values): readonly string[] {
  return fields
    .filter((field) => field.atStop && values[field.name] === true && matters(field, values))
    .map((field) => field.atStop);
}

export function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    value === false ||
    (Array.isArray(value) && value.length === 0) ||
    (typeof value === "object" && Object.keys(value).length === 0)
  );
}

/** Whether it is a list of short values, which are written beside each other. */
export function isInOneLine({ kind, widget }: FormField): boolean {
  return kind === "numbers" || (kind === "lines" && widget === "sizes");
}

export function initialValues(fields: readonly FormField[]): Values {
  return Object.fromEntries(fields.map((field) => [field.name, field.initial]));
}

/** Whether two values of a field say the same. */
export function same(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** Fields under the headings of their groups, in the order in which groups first appear. */
export function grouped(fields: readonly FormField[]): readonly [string, readonly FormField[]][] {
  const groups = new Map<string, FormField[]>();
  for (const field of fields) groups.set(field.group, [...(groups.get(field.group) ?? []), field]);
  return [...groups];
}

function readField(name: string, property: Schema, root: Schema): FormField {
  const { schema, nullable } = unwrap(property, root);
  const item = resolve(objectOf(schema["items"]), root);
  const rows = item["type"] === "object" ? readFields(item) : [];
  const meanings = objectOf(property["choices"] ?? schema["choices"]);
  return {
    name,
    title: textOf(property["title"]) || name,
    help: textOf(property["description"]),
    unit: textOf(property["unit"]),
    group: textOf(property["group"]),
    importance: importanceOf(property["importance"]),
    widget: textOf(property["widget"]),
    kind: rows.length ? "rows" : kindOf(schema),
    nullable,
    initial: "default" in property ? property["default"] : emptyOf(schema, nullable),
    options: optionsOf(schema, meanings),
    min: numberOf(schema["minimum"]) ?? numberOf(schema["exclusiveMinimum"]),
    max: numberOf(schema["maximum"]) ?? numberOf(schema["exclusiveMaximum"]),
    maxItems: numberOf(schema["maxItems"]),
    shownWhen: objectOf(property["shown_when"]),
    row: textOf(item["title"]),
    rows,
    reads: readsOf(objectOf(property["reads"])),
    atStop: textOf(property["at_stop"]),
    schema,
  };
}

function readsOf({ inside, without, archive }: Schema): Reads {
  return {
    inside: inside !== false,
    without: listOf(without).map(textOf),
    archive: archive !== false,
  };
}

/** Follows `$ref` and takes `null` out of `anyOf`: what is left is the value's own schema. */
function unwrap(property: Schema, root: Schema): { schema: Schema; nullable: boolean } {
  const schema = resolve(property, root);
  const branches = listOf(schema["anyOf"] ?? schema["oneOf"]).map((one) =>
    resolve(objectOf(one), root),
  );
  if (!branches.length) {
    const types = listOf(schema["type"]);
    if (!types.includes("null")) return { schema, nullable: schema["type"] === "null" };
    const others = types.filter((type) => type !== "null");
    return {
      schema: { ...schema, type: others.length === 1 ? others[0] : others },
      nullable: true,
    };
  }
  const values = branches.filter((branch) => branch["type"] !== "null");
  const nullable = values.length < branches.length;
  const [only] = values;
  if (only && values.length === 1) return { schema: withDefinitions(only, root), nullable };
  return { schema: withDefinitions({ anyOf: values }, root), nullable };
}

function resolve(schema: Schema, root: Schema): Schema {
  const reference = schema["$ref"] ?? objectOf(listOf(schema["allOf"])[0])["$ref"];
  if (typeof reference !== "string") return withDefinitions(schema, root);
  const found = objectOf(objectOf(root["$defs"])[reference.replace("#/$defs/", "")]);
  const rest = Object.entries(schema).filter(([keyword]) => !["$ref", "allOf"].includes(keyword));
  return withDefinitions({ ...found, ...Object.fromEntries(rest) }, root);
}

function withDefinitions(schema: Schema, root: Schema): Schema {
  return root["$defs"] === undefined ? schema : { ...schema, $defs: root["$defs"] };
}

function kindOf(schema: Schema): Kind {
  switch (schema["type"]) {
    case "integer":
      return "integer";
    case "number":
      return "number";
    case "boolean":
      return "switch";
    case "string":
      return "text";
    case "object":
      return objectOf(schema["additionalProperties"])["type"] === "string" ? "table" : "json";
    case "array":
      return listKind(objectOf(schema["items"])["type"]);
    default:
      return valuesOf(schema).length > 0 ? "text" : "json";
  }
}

function listKind(type: unknown): Kind {
  if (type === "string") return "lines";
  return type === "integer" || type === "number" ? "numbers" : "json";
}

function optionsOf(schema: Schema, meanings: Values): readonly Option[] {
  return valuesOf(schema).map((value) => ({ value, meaning: textOf(meanings[String(value)]) }));
}

function valuesOf(schema: Schema): readonly (string | number)[] {
  const values = "const" in schema ? [schema["const"]] : listOf(schema["enum"]);
  return values.filter((value) => typeof value === "string" || typeof value === "number");
}

function importanceOf(value: unknown): Importance {
  return value === "basic" || value === "expert" ? value : "advanced";
}

function emptyOf(schema: Schema, nullable: boolean): unknown {
  if (nullable) return null;
  const [first] = valuesOf(schema);
  if (first !== undefined) return first;
  const empty = {
    switch: false,
    text: "",
    lines: [],
    numbers: [],
    rows: [],
    table: {},
    integer: null,
    number: null,
    json: null,
  };
  return empty[kindOf(schema)];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function objectOf(value: unknown): Schema {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
