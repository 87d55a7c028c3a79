import type { SeriesWanted } from "../../control";
import type { Series } from "../../types";
import { parsed, table, type Table } from "../common/reading";
import type { Piece } from "./face";

/**
 * A job's metrics as columns over steps or time, thinned so that no peak is lost: as the server's
 * own series, of what the page read of metrics.jsonl. What was read stays for the next look.
 */

const PIECE = 4 << 20; // bytes of one read
const FAR = 1e300; // no step or moment is beyond
const NAMED = 20; // places where a metric was no number
const POINTS = 2000;

type Read = (offset: number, limit: number) => Promise<Piece>;

interface Column {
  lines: number[];
  values: number[];
}

export class Metrics {
  #next = 0;
  #rest = new Uint8Array();
  #axes: { step: number[]; t: number[] } = { step: [], t: [] };
  #columns = new Map<string, Column>();
  #reading: Promise<void> | null = null;

  /** Reads what is new; who asks meanwhile waits for the same. */
  update(read: Read, size: number): Promise<void> {
    this.#reading ??= this.#update(read, size).finally(() => {
      this.#reading = null;
    });
    return this.#reading;
  }

  /** Of at most about so many points a metric. Where an attempt repeats a step, the newer counts. */
  series({ x: axis = "step", points = POINTS, names, begin, end }: SeriesWanted = {}): Series {
    const all = [...this.#columns.keys()];
    const wanted = names
      ? all.length
        ? names.filter((name) => this.#columns.has(name))
        : []
      : all.filter((name) => name !== "epoch");
    const lines = this.#lines(this.#axes[axis], wanted, begin, end);
    const found = lines.x.length > points ? thinned(lines, points) : lines;
    return {
      x: found.x,
      names: wanted,
      columns: found.columns.map((column) => column.map((y) => (Number.isFinite(y) ? y : null))),
      no_number: wanted.flatMap((name, n) => noNumber(name, lines.x, lines.columns[n] ?? [])),
      next: this.#next - this.#rest.length,
      total: lines.x.length,
      thinned: lines.x.length > points,
    };
  }

  async #update(read: Read, size: number): Promise<void> {
    if (size < this.#next) this.#begin(); // the pod's folder was made anew
    while (this.#next < size) {
      const { data, next, reset } = await read(this.#next, PIECE);
      if (reset) this.#begin();
      if (data.length === 0) return;
      this.#next = next;
      const all = new Uint8Array(this.#rest.length + data.length);
      all.set(this.#rest);
      all.set(data, this.#rest.length);
      const whole = all.lastIndexOf(10) + 1;
      this.#rest = all.slice(whole);
      for (const line of new TextDecoder().decode(all.subarray(0, whole)).split("\n"))
        this.#add(rowOf(line));
    }
  }

  #begin(): void {
    this.#next = 0;
    this.#rest = new Uint8Array();
    this.#axes = { step: [], t: [] };
    this.#columns = new Map();
  }

  #add(row: Table | null): void {
    if (!row) return;
    const { step, t, nan, ...figures } = row;
    const line = this.#axes.step.length;
    this.#axes.step.push(typeof step === "number" ? step : Number.NaN);
    this.#axes.t.push(typeof t === "number" ? t : Number.NaN);
    const none = Array.isArray(nan) ? nan.map((name) => [String(name), Number.NaN] as const) : [];
    for (const [name, value] of [...Object.entries(figures), ...none]) {
      if (typeof value !== "number" && value !== null) continue;
      let column = this.#columns.get(name);
      if (!column) this.#columns.set(name, (column = { lines: [], values: [] }));
      column.lines.push(line);
      column.values.push(value ?? Number.NaN);
    }
  }

  /** Some metrics over one axis, each value of which stands there once, in order. */
  #lines(axis: readonly number[], names: readonly string[], begin?: number, end?: number): Lines {
    const known = axis.filter((value) => Math.abs(value) < FAR);
    const inside = [...new Set(known)]
      .sort((a, b) => a - b)
      .filter((value) => value >= (begin ?? -Infinity) && value <= (end ?? Infinity));
    const place = new Map(inside.map((value, at) => [value, at]));
    const full = names.map((name) => {
      const line = new Array<number>(inside.length).fill(Number.NaN);
      const column = this.#columns.get(name);
      column?.lines.forEach((at, n) => {
        const where = place.get(axis[at] ?? Number.NaN);
        const value = column.values[n] ?? Number.NaN;
        // What was logged and was no number is told from what was not logged.
        if (where !== undefined) line[where] = Number.isFinite(value) ? value : Infinity;
      });
      return line;
    });
    const used = inside.map((_, at) => full.some((line) => !Number.isNaN(line[at])));
    return {
      x: inside.filter((_, at) => used[at]),
      columns: full.map((line) => line.filter((_, at) => used[at])),
    };
  }
}

/** NaN in a column where nothing was logged, infinity where it was no number. */
interface Lines {
  x: number[];
  columns: number[][];
}

/** Least and greatest of each stretch, in the order in which they came. */
function thinned({ x, columns }: Lines, points: number): Lines {
  const starts = stretches(x, Math.trunc(points / 2));
  const ends = starts.map((_, n) => (starts[n + 1] ?? x.length) - 1);
  const pairs = starts.map((start, n) => [start, ends[n] ?? start] as const);
  return {
    x: pairs.flatMap(([from, to]) => (to > from ? [x[from] ?? 0, x[to] ?? 0] : [x[from] ?? 0])),
    columns: columns.map((line) =>
      pairs.flatMap(([from, to]) => {
        const two = extremes(line, from, to);
        return to > from ? two : two.slice(0, 1);
      }),
    ),
  };
}

/** Where each of so many stretches of the same width begins; those without a point are none. */
function stretches(x: readonly number[], most: number): number[] {
  const [first = 0, last = 0] = [x[0], x.at(-1)];
  const number = x.map((value) => Math.trunc(((value - first) / (last - first)) * most));
  number[number.length - 1] = most - 1;
  return number.flatMap((value, at) => (at === 0 || value !== number[at - 1] ? [at] : []));
}

/** The least and the greatest in the order in which they came, or one and NaN if it has only one. */
function extremes(line: readonly number[], from: number, to: number): [number, number] {
  let [least, greatest, count] = [-1, -1, 0];
  for (let at = from; at <= to; at++) {
    const value = line[at] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    count += 1;
    if (least < 0 || value < (line[least] ?? 0)) least = at;
    if (greatest < 0 || value > (line[greatest] ?? 0)) greatest = at;
  }
  if (count === 0) return [Number.NaN, Number.NaN];
  const [one, other] = least <= greatest ? [least, greatest] : [greatest, least];
  return [line[one] ?? Number.NaN, count < 2 ? Number.NaN : (line[other] ?? Number.NaN)];
}

function noNumber(
  name: string,
  x: readonly number[],
  line: readonly number[],
): Series["no_number"] {
  const places = x.filter((_, at) => line[at] === Infinity);
  return places.length ? [{ name, count: places.length, x: places.slice(0, NAMED) }] : [];
}

function rowOf(line: string): Table | null {
  const row = table(parsed(line));
  return Object.keys(row).length ? row : null;
}

/** All lines as a table; a text that a spreadsheet would take for a formula stays a text. */
export function csvOf(text: string): string {
  const rows = text
    .split("\n")
    .map(rowOf)
    .filter((row) => row !== null);
  const names = [...new Set(["step", "t", ...rows.flatMap((row) => Object.keys(row))])];
  const shown = names.filter((name) => name !== "nan");
  const lines = rows.map((row) => shown.map((name) => cell(row[name])).join(","));
  return [shown.map(cell).join(","), ...lines, ""].join("\r\n");
}

function cell(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") return "";
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
