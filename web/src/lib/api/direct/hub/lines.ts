import { t } from "$lib/texts";
import type { Problem } from "../../types";
import type { Layout } from "../site/layout";

/** A line that isn't empty: its number, from 1, and its fields without outer spaces. */
export interface Line {
  readonly number: number;
  readonly fields: readonly string[];
}

/** A dataset that can't be used at all; `problem` says why. */
export class DataError extends Error {
  override readonly name = "DataError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.sentence);
    this.problem = problem;
  }
}

/** A problem of the data; its field is named by whoever knows the setting. */
export function ofData(
  code: string,
  [sentence, step]: readonly [string, string],
  place = "",
  severity: Problem["severity"] = "error",
): Problem {
  return { sentence, code, field: "", next_step: step, severity, place };
}

/** The text's lines as they are written; of a text that is cut off, without the last. */
export function rawLines(name: string, bytes: Uint8Array<ArrayBuffer>, whole: boolean): string[] {
  const text = decoded(name, bytes, whole).replaceAll("\r\n", "\n").replaceAll("\r", "\n");
  const lines = text.split("\n");
  return whole ? lines : lines.slice(0, -1);
}

/** What they hold. What is odd about one is added to `problems`. */
export function fieldsOf(
  name: string,
  lines: readonly string[],
  layout: Layout,
  problems: Problem[],
): Line[] {
  const found = lines.flatMap((line, index) => {
    if (!line.trim()) return [];
    const place = `${name}:${index + 1}`;
    return [{ number: index + 1, fields: split(line, place, problems) }];
  });
  refuseOtherDelimiter(found, name, layout);
  return found;
}

/** UTF-8, or UTF-16 that says so. */
function decoded(name: string, bytes: Uint8Array<ArrayBuffer>, whole: boolean): string {
  const said = t.hub.list;
  const utf16 = ENCODINGS.find(({ mark }) => mark.every((byte, index) => bytes[index] === byte));
  let text: string;
  try {
    const decoder = new TextDecoder(utf16?.name ?? "utf-8", { fatal: true });
    text = decoder.decode(bytes, { stream: !whole });
  } catch {
    const words = utf16 ? said.notUtf16 : said.notUtf8;
    const place = utf16 ? name : `${name}:${firstBadLine(bytes)}`;
    throw new DataError(ofData("metadata-encoding", words(name), place));
  }
  const zero = text.indexOf("\0");
  if (zero < 0) return text;
  const line = text.slice(0, zero).split(/\r\n|\r|\n/).length;
  throw new DataError(ofData("metadata-encoding", said.zeroByte(name), `${name}:${line}`));
}

const ENCODINGS = [
  { name: "utf-16le", mark: [0xff, 0xfe] },
  { name: "utf-16be", mark: [0xfe, 0xff] },
];

/** By halves: what is cut off before its first fault has none. */
function firstBadLine(bytes: Uint8Array<ArrayBuffer>): number {
  let good = 0;
  let end = bytes.length;
  while (good < end) {
    const half = Math.ceil((good + end) / 2);
    if (isUtf8(bytes.subarray(0, half))) good = half;
    else end = half - 1;
  }
  const before = new TextDecoder().decode(bytes.subarray(0, good));
  return before.split(/\r\n|\r|\n/).length;
}

function isUtf8(bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** The fields as a csv writer meant them where one wrote the line, else as they stand. */
function split(line: string, place: string, problems: Problem[]): string[] {
  const plain = () => line.split("|").map((field) => field.trim());
  if (!line.includes('"')) return plain();
  const quoted = quotedFields(line);
  if (quoted) return quoted.map((field) => field.trim());
  problems.push(ofData("stray-quote", t.hub.list.strayQuote, place, "warning"));
  return plain();
}

/** Fields of which some may stand in quotes; null where a quote is out of place. */
function quotedFields(line: string): string[] | null {
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const found = (rest.startsWith('"') ? QUOTED : PLAIN).exec(rest);
    if (!found) return null;
    const [matched, field = ""] = found;
    fields.push(rest.startsWith('"') ? field.replaceAll('""', '"') : field);
    if (matched.length === rest.length && !matched.endsWith("|")) return fields;
    rest = rest.slice(matched.length);
    if (rest === "") return [...fields, ""];
  }
}

const QUOTED = /^"((?:[^"]|"")*)"(?:\||$)/;
const PLAIN = /^([^|]*)(?:\||$)/;

function refuseOtherDelimiter(lines: readonly Line[], name: string, layout: Layout): void {
  const [first] = lines;
  if (!first || lines.some(({ fields }) => fields.length > 1)) return;
  for (const [mark, word] of Object.entries(layout.delimiters))
    if (lines.every(({ fields }) => fields[0]?.includes(mark))) {
      const words = t.hub.list.delimiter(t.hub.list.delimiters[word] ?? word);
      throw new DataError(ofData("metadata-delimiter", words, `${name}:${first.number}`));
    }
}
