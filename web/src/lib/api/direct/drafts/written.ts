import type { FormField } from "$lib/form/schema";
import type { Schema } from "../../types";
import { table, type Table } from "../common/reading";

/**
 * Values as people write them into a job file, as the forms have them. What is read so is held to
 * Python: by `written.py`, whose notes in the schema say it, and by pydantic, which takes "5" for
 * 5. Whole numbers are told from 1.0 as bigints; none is left in what comes out.
 */
export function asMeant(schema: Schema, fields: readonly FormField[], values: Table): Table {
  return meant(fields, values, schema["numbers_as_text"] === true);
}

function meant(fields: readonly FormField[], values: Table, typed: boolean): Table {
  const told = Object.entries(values).map(([name, value]): [string, unknown] => {
    const field = fields.find((each) => each.name === name);
    return [name, plain(field ? ofField(field, value, typed) : value)];
  });
  return Object.fromEntries(told);
}

function ofField(field: FormField, value: unknown, typed: boolean): unknown {
  const { kind, schema } = field;
  const isFigure = ["integer", "number", "switch"].includes(kind);
  if (value === "" && field.nullable && isFigure) return null; // for which TOML has no word
  const each = (read: (one: unknown) => unknown) =>
    Array.isArray(value) ? value.map(read) : value;
  switch (kind) {
    case "rows":
      return each((row) => (isTable(row) ? meant(field.rows, row, typed) : row));
    case "integer":
    case "number":
      return asNumber(value, kind);
    case "numbers":
      return each((one) => asNumber(one, itemsOf(schema)["type"]));
    case "switch":
      return asSwitch(value);
    case "text":
      return asText(schema, value, typed);
    case "lines":
      return each((one) => asText(itemsOf(schema), one, typed));
    case "table":
      return isTable(value) ? asTexts(value, schema["spelt"] === true, typed) : value;
    default:
      return value;
  }
}

function itemsOf(schema: Schema): Schema {
  return table(schema["items"]);
}

function asText(schema: Schema, value: unknown, typed: boolean): unknown {
  const [on, off] = textsOf(schema["switched"]);
  if (typeof value === "boolean") return (value ? on : off) ?? value;
  if (Array.isArray(value)) return joined(value, textsOf(schema["joined"])) ?? value;
  return typed && isNumber(value) ? numberText(value) : value;
}

/** Null for what is neither text nor number, nor a list of such. */
function joined(value: unknown, separators: readonly string[]): string | null {
  const [separator, ...inner] = separators;
  if (Array.isArray(value) && separator !== undefined) {
    const parts = value.map((each) => joined(each, inner));
    return parts.includes(null) ? null : parts.join(separator);
  }
  if (typeof value === "string") return value;
  return isNumber(value) ? numberText(value) : null;
}

function asTexts(value: Table, spelt: boolean, typed: boolean): Table {
  const read = (each: unknown) => {
    if (typeof each === "string") return each;
    if (spelt) return json(each) ?? each;
    return typed && isNumber(each) ? numberText(each) : each;
  };
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, read(each)]));
}

const WHOLE = /^\s*[+-]?\d+(?:_\d+)*(?:\.0*)?\s*$/;
const NUMBER = /^\s*[+-]?(?:\d+(?:_\d+)*\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

function asNumber(value: unknown, kind: unknown): unknown {
  if (typeof value === "boolean") return Number(value);
  const pattern = kind === "integer" ? WHOLE : NUMBER;
  if (typeof value !== "string" || !pattern.test(value)) return value;
  return Number(value.replaceAll("_", ""));
}

const ON = ["true", "t", "yes", "y", "on", "1"];
const OFF = ["false", "f", "no", "n", "off", "0"];

function asSwitch(value: unknown): unknown {
  const word = isNumber(value) ? String(Number(value)) : value;
  if (typeof word !== "string") return value;
  if (ON.includes(word.toLowerCase())) return true;
  return OFF.includes(word.toLowerCase()) ? false : value;
}

/** A number as Python writes it: 1.0, 1e-05. */
export function numberText(value: number | bigint): string {
  if (typeof value === "bigint") return value.toString();
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const [digits = "", power = "0"] = value.toExponential().split("e");
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const sign = exponent < 0 ? "-" : "+";
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  const text = Object.is(value, -0)
    ? "-0"
    : value.toFixed(Math.max(0, fraction(digits) - exponent));
  return text.includes(".") ? text : `${text}.0`;
}

function fraction(digits: string): number {
  return digits.split(".")[1]?.length ?? 0;
}

/** JSON as Python's json writes it; undefined where it has no form for a value. */
function json(value: unknown): string | undefined {
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoted(value);
  if (isNumber(value)) {
    const text = numberText(value);
    const names: Readonly<Record<string, string>> = { nan: "NaN", inf: "Infinity" };
    return text === "-inf" ? "-Infinity" : (names[text] ?? text);
  }
  if (Array.isArray(value)) return together(value.map(json), "[", "]");
  if (!isTable(value)) return undefined;
  const parts = Object.entries(value).map(([name, each]) => {
    const text = json(each);
    return text === undefined ? undefined : `${quoted(name)}: ${text}`;
  });
  return together(parts, "{", "}");
}

function together(parts: readonly (string | undefined)[], begin: string, end: string) {
  return parts.includes(undefined) ? undefined : `${begin}${parts.join(", ")}${end}`;
}

function quoted(text: string): string {
  const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, escaped);
}

/** Data that isn't of a file, where every whole number is one: as a file has them. */
export function asInFiles(value: unknown): unknown {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return value.map(asInFiles);
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, asInFiles(each)]));
}

/** Without bigints. */
export function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(plain);
  if (!isTable(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function isTable(value: unknown): value is Table {
  return Object.prototype.toString.call(value) === "[object Object]";
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
