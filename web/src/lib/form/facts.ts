import { bytes, duration, number } from "$lib/format";
import { t } from "$lib/texts";

/** What a check learnt of the data, as rows to show; nothing here knows a recipe. */
export interface Fact {
  readonly name: string;
  readonly label: string;
  readonly value: string;
}

export interface Bar {
  readonly from: number;
  readonly count: number;
}

export interface Histogram {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly bars: readonly Bar[];
}

/** A few lines as they are written, of a list of texts for example. */
export interface Lines {
  readonly name: string;
  readonly label: string;
  readonly lines: readonly string[];
}

/** Rows under heads, as a check wrote them for people. */
export interface Table {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Of each column, whether all that stands in it is a number. */
  readonly numeric: readonly boolean[];
  readonly note: string;
}

type Facts = Readonly<Record<string, unknown>>;

/** Facts of one figure or a few words, those that have a label first. Zeros say nothing new. */
export function readFacts(facts: Facts): readonly Fact[] {
  const known = Object.keys(t.newJob.data.facts).filter((name) => name in facts);
  const names = [...new Set([...known, ...Object.keys(facts)])];
  return names.flatMap((name) => {
    const shown = isSentence(facts[name]) ? "" : shownValue(name, facts[name]);
    return shown ? [{ name, label: labelOf(name), value: shown }] : [];
  });
}

/** Lists of {unit: where a bar begins, what is counted: how many}. */
export function readHistograms(facts: Facts): readonly Histogram[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    const histogram = Array.isArray(value) ? histogramOf(name, value) : undefined;
    return histogram ? [histogram] : [];
  });
}

/** Lists of texts. */
export function readLines(facts: Facts): readonly Lines[] {
  return Object.entries(facts).flatMap(([name, value]) => {
    const texts = Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
    return texts.length ? [{ name, label: labelOf(name), lines: texts }] : [];
  });
}

/** Facts that are whole sentences, and need no label. */
export function readNotes(facts: Facts): readonly string[] {
  return Object.values(facts).filter(isSentence);
}

/** The list `tables`: each with title, columns, rows and a note. */
export function readTables(facts: Facts): readonly Table[] {
  const tables = Array.isArray(facts["tables"]) ? facts["tables"] : [];
  return tables.filter(isObject).map((table) => {
    const columns = listOf(table["columns"]).map(String);
    const rows = listOf(table["rows"]).filter(Array.isArray);
    return {
      title: typeof table["title"] === "string" ? table["title"] : "",
      columns,
      rows: rows.map((row) => row.map(cellOf)),
      numeric: columns.map(
        (_, index) => rows.length > 0 && rows.every((row) => typeof row[index] === "number"),
      ),
      note: typeof table["note"] === "string" ? table["note"] : "",
    };
  });
}

function cellOf(value: unknown): string {
  if (typeof value === "number") return number(value, 2);
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isSentence(value: unknown): value is string {
  return typeof value === "string" && / .*[.]$/.test(value);
}

function isObject(value: unknown): value is Facts {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function shownValue(name: string, value: unknown): string {
  if (typeof value === "number") return value === 0 ? "" : figure(name, value);
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return value ? t.newJob.data.yes : t.newJob.data.no;
  if (isCounts(value)) return countsOf(name, value);
  return "";
}

function figure(name: string, value: number): string {
  if (name.endsWith("bytes")) return bytes(value);
  if (name.endsWith("seconds")) return length(value);
  return number(value, 2);
}

/** Of little, the seconds count too: 1 min 41 s */
function length(seconds: number): string {
  if (seconds < 60 || seconds >= 600) return duration(seconds);
  const rest = Math.floor(seconds % 60);
  return [seconds - (seconds % 60), rest].filter(Boolean).map(duration).join(" ");
}

/** {"22050": 32}: a single key alone is the fact; of several, each with its count. */
function countsOf(name: string, counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts).sort(([, one], [, other]) => other - one);
  const unit = t.newJob.data.units[name] ?? "";
  const keyed = entries.map(([key, count]) => [inUnit(key, unit), number(count)] as const);
  const [first] = keyed;
  if (!first) return "";
  if (keyed.length === 1) return first[0];
  return keyed
    .slice(0, MOST_COUNTS)
    .map(([key, count]) => `${key}: ${count}`)
    .concat(keyed.length > MOST_COUNTS ? ["…"] : [])
    .join(", ");
}

const MOST_COUNTS = 6;

function inUnit(key: string, unit: string): string {
  const plain = Number(key);
  const shown = key !== "" && Number.isFinite(plain) ? number(plain) : key;
  return unit ? `${shown} ${unit}` : shown;
}

/** A file's name stands as it is. */
function labelOf(name: string): string {
  if (name.includes(".")) return name;
  const words = name.replaceAll("_", " ");
  return t.newJob.data.facts[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
}

function histogramOf(name: string, rows: readonly unknown[]): Histogram | undefined {
  const first = rows[0];
  if (!isCounts(first)) return undefined;
  const [unit, counted] = Object.keys(first);
  if (unit === undefined || counted === undefined) return undefined;
  const bars = rows
    .filter(isCounts)
    .map((row) => ({ from: row[unit] ?? 0, count: row[counted] ?? 0 }));
  if (!bars.some((bar) => bar.count > 0)) return undefined;
  return { name, label: labelOf(name), unit, bars };
}

function isCounts(value: unknown): value is Readonly<Record<string, number>> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((count) => typeof count === "number")
  );
}
