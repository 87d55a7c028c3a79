import { number } from "$lib/format";
import { t } from "$lib/texts";
import type { Problem } from "../../types";
import type { Layout } from "../site/layout";
import { HubAway, HubRefused, type Hub, type HubFile, type Repository } from "./client";
import { Clips, endingOf, isLitter } from "./clips";
import { findLists } from "./find";
import { DataError, ofData } from "./lines";
import { readList, type ListText, type Reading } from "./list";
import { passes } from "./says";

/** What a look gave: as a Report has it. */
export interface Looked {
  readonly problems: readonly Problem[];
  readonly notChecked: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What was asked of the Hub, before anything is made of it. */
export interface Gathered {
  readonly private: boolean;
  readonly gated: boolean;
  readonly files: readonly HubFile[];
  /** Whether these are all. */
  readonly whole: boolean;
  /** Files that may be the list of texts; of one, its beginning. */
  readonly lists: readonly string[];
  readonly list: ListText | null;
  /** Why the list's beginning, which is there, couldn't be had. */
  readonly without: HubAway | HubRefused | null;
}

const MOST_FILES = 20_000;
const LIST_BYTES = 64 << 10;
const SHOWN_LINES = 4;
const LONGEST_LINE = 160; // characters
const SHOWN_OF_A_KIND = 20;

/** Asks for all that can be judged. Rejects with HubRefused or HubAway where it isn't to be had. */
export async function gather(
  hub: Hub,
  repository: Repository,
  revision: string,
  layout: Layout | undefined,
  signal?: AbortSignal,
): Promise<Gathered> {
  const info = await hub.info(repository, revision, signal);
  if (info.gated) await hub.may("read", repository, signal);
  const { files, whole } = await hub.files(repository, info.commit, MOST_FILES, signal);
  const seen = { ...info, files: files.filter(({ path }) => !isLitter(path)), whole };
  const beginning = (path: string, most: number) =>
    hub.beginning(repository, info.commit, path, most, signal);
  try {
    const lists = layout ? await findLists(seen.files, layout, beginning) : [];
    const [path] = lists;
    const bytes = lists.length === 1 && path ? await beginning(path, LIST_BYTES) : null;
    const size = files.find((file) => file.path === path)?.bytes ?? 0;
    const list = bytes && path ? { name: path, bytes, whole: bytes.length >= size } : null;
    return { ...seen, lists, list, without: null };
  } catch (error) {
    const says = error instanceof HubRefused && passes(error);
    if (!says && !(error instanceof HubAway)) throw error;
    return { ...seen, lists: [], list: null, without: error };
  }
}

/** What it means to a job. `several`: whether its speakers are. */
export function judge(
  found: Gathered,
  name: string,
  secret: string | undefined,
  layout: Layout | undefined,
  several: boolean,
): Looked {
  const facts = factsOf(found, secret, layout);
  const said = t.hub.dataset;
  if (!found.files.length) {
    const problems = [ofData("hub-empty", [said.empty(name), said.emptyStep])];
    return { problems, notChecked: [], facts };
  }
  if (!layout) return { problems: [], notChecked: [said.noLayout], facts };
  const isSound = ({ path }: HubFile) => layout.sound.includes(endingOf(path));
  const archives = found.files.map(({ path }) => path).filter((path) => isArchive(path, layout));
  const packed = found.whole && !found.files.some(isSound);
  const [archive = ""] = archives;
  if (packed && archives.length !== 1)
    return { problems: [noClips(found, name, archives, layout)], notChecked: [], facts };
  const looked = listed(found, name, layout, several, packed);
  const later = packed ? [said.inArchive(archive)] : [];
  return {
    problems: folded(looked.problems),
    notChecked: [...later, ...looked.notChecked],
    facts: { ...facts, ...looked.facts },
  };
}

/** What the list of texts says, with the sound files that are known. */
function listed(
  found: Gathered,
  name: string,
  layout: Layout,
  several: boolean,
  packed: boolean,
): Looked {
  const said = t.hub.dataset;
  const { list, lists, without, whole, files } = found;
  const none = (problem: Problem) => ({ problems: [problem], notChecked: [], facts: {} });
  if (without) return { problems: [], notChecked: [awaySentence(without, name)], facts: {} };
  if (lists.length > 1)
    return none(ofData("metadata-several", said.lists(lists.slice(0, 5).join(", "))));
  if (!list)
    return packed || !whole
      ? { problems: [], notChecked: [], facts: {} }
      : none(ofData("metadata-missing", said.noList(name)));
  const folder = list.name.includes("/") ? list.name.slice(0, list.name.lastIndexOf("/") + 1) : "";
  const below = files
    .filter(({ path }) => path.startsWith(folder))
    .map(({ path }) => path.slice(folder.length));
  const clips = packed || !whole ? null : new Clips(below, layout);
  const short = { ...list, name: list.name.slice(folder.length) };
  try {
    const read = readList(short, layout, several, clips);
    return {
      problems: read.problems,
      notChecked: unread(found, short, read),
      facts: shown(short, read),
    };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return none(error.problem);
  }
}

function unread({ whole }: Gathered, list: ListText, read: Reading): string[] {
  const said = t.hub.dataset;
  const lines = number(read.lines.length);
  return [
    ...(whole ? [] : [said.tooMany(number(MOST_FILES))]),
    list.whole ? said.sound : said.rest(list.name, lines),
  ];
}

function shown(list: ListText, { lines, rows }: Reading): Record<string, unknown> {
  const first = lines.filter((line) => line.trim()).slice(0, SHOWN_LINES);
  const cut = first.map((line) =>
    line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line,
  );
  return { ...(list.whole ? { clips: rows.length } : {}), [list.name]: cut };
}

function factsOf(
  { private: closed, gated, files, whole }: Gathered,
  secret: string | undefined,
  layout: Layout | undefined,
): Record<string, unknown> {
  const said = t.hub.dataset;
  const seen = closed ? said.private(secret ?? "") : gated ? said.gated(secret ?? "") : said.public;
  const sounds: Record<string, number> = {};
  for (const { path } of files) {
    const ending = endingOf(path);
    if (layout && [...layout.sound, ...layout.foreign].includes(ending))
      sounds[ending] = (sounds[ending] ?? 0) + 1;
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const counted = whole ? { files: files.length, bytes } : { files: `> ${number(files.length)}` };
  const many = Object.entries(sounds).sort(([, one], [, other]) => other - one);
  const shown = many.map(([ending, count]) => `${number(count)} ${ending}`).join(", ");
  return { visibility: seen, ...counted, ...(shown ? { sound_files: shown } : {}) };
}

function isArchive(path: string, { archives }: Layout): boolean {
  return archives.some((ending) => path.toLowerCase().endsWith(ending));
}

function noClips(
  { files }: Gathered,
  name: string,
  archives: readonly string[],
  layout: Layout,
): Problem {
  const said = t.hub.dataset;
  const [first] = archives;
  if (first) return ofData("hub-archives", said.archives(name, archives.length, first));
  if (files.some(({ path }) => layout.unsupported.includes(endingOf(path))))
    return ofData("hub-parquet", said.parquet(name));
  return ofData("hub-no-clips", said.noClips(name, layout.sound.join(", ")));
}

/** Errors first; of each kind the first 20, then one that counts the others. */
export function folded(problems: readonly Problem[]): Problem[] {
  const kinds = new Map<string, Problem[]>();
  for (const each of problems) {
    const kind = `${each.severity} ${each.code}`;
    kinds.set(kind, [...(kinds.get(kind) ?? []), each]);
  }
  const sorted = [...kinds.values()].sort((one, other) => weight(one) - weight(other));
  return sorted.flatMap((kind) => {
    const more = kind.length - SHOWN_OF_A_KIND;
    const [first] = kind;
    if (more <= 0 || !first) return kind;
    const rest = { ...first, sentence: t.hub.dataset.more(more), next_step: "", place: "" };
    return [...kind.slice(0, SHOWN_OF_A_KIND), rest];
  });
}

function weight([first]: readonly Problem[]): number {
  return first?.severity === "error" ? 0 : 1;
}

/** In words, what couldn't be found out, and why. */
export function awaySentence(error: HubAway | HubRefused, what: string): string {
  const said = t.hub.says;
  return error instanceof HubAway ? said.away(what, error.host) : said.trouble(what, error.status);
}
