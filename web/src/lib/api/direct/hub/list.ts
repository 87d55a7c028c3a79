import { t } from "$lib/texts";
import type { Problem } from "../../types";
import type { Layout } from "../site/layout";
import type { Clips } from "./clips";
import { DataError, fieldsOf, ofData, rawLines, type Line } from "./lines";

/** A list of texts as it lies on the Hub, or its beginning. */
export interface ListText {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly whole: boolean;
}

export interface Row {
  readonly line: number;
  readonly file: string;
  readonly text: string;
  readonly speaker: string;
}

export interface Reading {
  /** As they are written. */
  readonly lines: readonly string[];
  /** Those that can be used. */
  readonly rows: readonly Row[];
  readonly problems: readonly Problem[];
}

/**
 * Reads a list of texts as the trainer's own step does (`dataset/metadata.py`; golden files
 * hold it to that). `clips` is null where nobody knows all sound files. Throws DataError.
 */
export function readList(
  { name, bytes, whole }: ListText,
  layout: Layout,
  several: boolean,
  clips: Clips | null,
): Reading {
  const lines = rawLines(name, bytes, whole);
  const problems: Problem[] = [];
  const found = withoutHeader(
    name,
    fieldsOf(name, lines, layout, problems),
    layout,
    clips,
    problems,
  );
  const [first] = found;
  if (!first) {
    if (!whole) return { lines, rows: [], problems };
    throw new DataError(ofData("metadata-empty", t.hub.list.empty(name), name));
  }
  const columns = usualColumns(name, found);
  const named = columns === 3 && !middleIsText(found);
  const place = `${name}:${first.number}`;
  problems.push(...speakerProblems(found, { columns, named, several, whole, place, layout }));
  const rows = rowsOf(name, found, columns, named, problems);
  const own = several ? rows : rows.map((row) => ({ ...row, speaker: "" }));
  const usable = clips ? withClips(name, own, clips, problems) : own;
  return { lines, rows: withoutRepeats(name, usable, problems), problems };
}

function withoutHeader(
  name: string,
  found: Line[],
  layout: Layout,
  clips: Clips | null,
  problems: Problem[],
): Line[] {
  const [first] = found;
  if (!first || first.fields.length < 2) return found;
  const header = new RegExp(`^(?:${layout.header})$`);
  const isWord = (field: string) => header.test(field.toLowerCase().replaceAll(/[_-]/g, " "));
  if (!first.fields.every(isWord) || clips?.find(first.fields[0] ?? "").length) return found;
  const words = t.hub.list.header(first.fields.join("|"));
  problems.push(ofData("header-row", words, `${name}:${first.number}`, "warning"));
  return found.slice(1);
}

/** How many columns most lines have: 2 or 3. */
function usualColumns(name: string, found: readonly Line[]): number {
  const counts = new Map<number, number>();
  for (const { fields } of found) counts.set(fields.length, (counts.get(fields.length) ?? 0) + 1);
  const ranked = [...counts].sort(([one, many], [other, more]) => more - many || one - other);
  const usual = ranked[0]?.[0] ?? 0;
  if (usual === 2 || usual === 3) return usual;
  const first = found.find(({ fields }) => fields.length === usual);
  const words = t.hub.list.columns(usual);
  throw new DataError(ofData("metadata-columns", words, `${name}:${first?.number ?? 1}`));
}

/** Whether three columns are `id|text|normalised text`: texts hardly ever come again. */
function middleIsText(found: readonly Line[]): boolean {
  const three = found.map(({ fields }) => fields).filter(({ length }) => length === 3);
  const sizeOf = (column: number) =>
    three.reduce((sum, fields) => sum + Array.from(fields[column] ?? "").length, 0);
  const different = new Set(three.map((fields) => fields[1])).size;
  return 2 * sizeOf(1) >= sizeOf(2) && 2 * different > three.length;
}

interface Speaking {
  readonly columns: number;
  readonly named: boolean;
  readonly several: boolean;
  readonly whole: boolean;
  readonly place: string;
  readonly layout: Layout;
}

function speakerProblems(found: readonly Line[], asked: Speaking): Problem[] {
  const { columns, named, several, whole, place, layout } = asked;
  const said = t.hub.list;
  const problem = (
    code: string,
    words: readonly [string, string],
    severity: Problem["severity"] = "error",
  ) => [{ ...ofData(code, words, place, severity), field: layout.speakers }];
  if (several && !named)
    return problem("speakers-missing", said.noSpeakers(columns === 2 ? said.two : said.normalised));
  if (!named) return [];
  const three = found.filter(({ fields }) => fields.length === 3);
  const voices = [...new Set(three.map(({ fields }) => fields[1] ?? ""))];
  if (several && whole && voices.length === 1)
    return problem("speakers-one", said.oneSpeaker(voices[0] ?? ""), "warning");
  if (several || voices.length < 2) return [];
  const names = voices.slice(0, 5).join(", ") + (voices.length > 5 ? ", …" : "");
  return problem("speakers-unexpected", said.manySpeakers(voices.length, names));
}

function rowsOf(
  name: string,
  found: readonly Line[],
  columns: number,
  named: boolean,
  problems: Problem[],
): Row[] {
  const said = t.hub.list;
  return found.flatMap(({ number, fields }) => {
    const place = `${name}:${number}`;
    if (fields.length !== columns) {
      problems.push(ofData("metadata-columns", said.otherColumns(fields.length, columns), place));
      return [];
    }
    const [file = "", middle = ""] = fields;
    const speaker = named ? middle : "";
    const text = fields.at(-1) || (named ? "" : columns === 3 ? middle : "");
    const empty = !file
      ? ofData("file-empty", said.noFile, place)
      : !text
        ? ofData("text-empty", said.noText(file), place)
        : named && !speaker
          ? ofData("speaker-empty", said.noSpeaker(file), place)
          : null;
    if (empty) problems.push(empty);
    return empty ? [] : [{ line: number, file, text, speaker }];
  });
}

/** The rows whose sound file is there, with its real path. */
function withClips(name: string, rows: readonly Row[], clips: Clips, problems: Problem[]): Row[] {
  const said = t.hub.list;
  return rows.flatMap((row) => {
    const place = `${name}:${row.line}`;
    const found = clips.find(row.file);
    const [only = ""] = found;
    if (found.length === 1 && clips.isReadable(only)) return [{ ...row, file: only }];
    problems.push(
      !found.length
        ? ofData("audio-missing", said.noClip(row.file), place)
        : found.length > 1
          ? ofData("audio-ambiguous", said.clips(row.file, found.slice(0, 3)), place)
          : ofData("audio-format", said.format(only), place),
    );
    return [];
  });
}

/** Each file once. The same text for two files is only a warning. */
function withoutRepeats(name: string, rows: readonly Row[], problems: Problem[]): Row[] {
  const said = t.hub.list;
  const byFile = new Map<string, Row>();
  const byText = new Map<string, Row>();
  for (const row of rows) {
    const place = `${name}:${row.line}`;
    const before = byFile.get(row.file);
    const words = JSON.stringify([row.speaker, row.text]);
    const same = byText.get(words);
    if (before?.speaker === row.speaker && before.text === row.text)
      problems.push(ofData("row-repeated", said.rowAgain(row.file, before.line), place, "warning"));
    else if (before)
      problems.push(ofData("audio-repeated", said.fileAgain(row.file, before.line), place));
    if (before) continue;
    byFile.set(row.file, row);
    if (same)
      problems.push(
        ofData("text-repeated", said.textAgain(row.file, same.file, same.line), place, "warning"),
      );
    else byText.set(words, row);
  }
  return [...byFile.values()];
}
