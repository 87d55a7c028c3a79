import { sha256 } from "@noble/hashes/sha2.js";
import { t } from "$lib/texts";
import { ProblemError } from "../../problem";
import { problemOf } from "../common/problems";
import type { ManifestEntry } from "../runpod/request";

/** A file of this computer, named by its path inside what was picked. */
export interface PickedFile {
  readonly path: string;
  readonly file: Blob;
}

/** One input as one file, and the setting that names it, if one does. */
export interface Packed {
  readonly setting: string;
  readonly entry: ManifestEntry;
  /** It, or what gets it once a pod waits for it. */
  readonly body: Blob | (() => Promise<Blob>);
}

/** One that is here. */
export interface PackedHere extends Packed {
  readonly body: Blob;
}

const BLOCK = 512;
const encoder = new TextEncoder();

/**
 * One file as it is, or a folder as a tar of it, with its checksum. Nothing is copied: the tar
 * holds the files by reference, and is read twice, once for the checksum. Hidden files stay here.
 */
export async function pack(
  setting: string,
  picked: readonly PickedFile[],
  summed: (bytes: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<PackedHere> {
  const files = picked.filter(({ path }) => !path.split("/").some((part) => part.startsWith(".")));
  const [first] = files;
  if (!first) throw new ProblemError(problemOf(t.direct.inputs.empty, "input-empty"));
  const single = files.length === 1 && !first.path.includes("/");
  const body = single ? first.file : tarOf(withoutTop(files));
  const name = first.path.split("/")[0] ?? "input";
  const entry = {
    sha256: await checksum(body, summed, signal),
    bytes: body.size,
    name,
    kind: single ? ("file" as const) : ("folder" as const),
    place: "",
  };
  return { setting, entry, body };
}

/** SHA-256 of a large body, read piece by piece: the browser's own takes only what fits in memory. */
export async function checksum(
  body: Blob,
  summed: (bytes: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<string> {
  const sum = sha256.create();
  const reader = body.stream().getReader();
  let bytes = 0;
  for (;;) {
    signal?.throwIfAborted();
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw unreadable(error);
    });
    if (done) break;
    sum.update(value);
    bytes += value.length;
    summed(bytes);
  }
  return Array.from(sum.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A tar of plain files, without times, owners or rights: the same files make the same tar. */
export function tarOf(files: readonly PickedFile[]): Blob {
  const order = [...files].sort((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
  const parts = order.flatMap(({ path, file }) => [
    ...longName(path),
    header(encoder.encode(path).slice(0, 100), file.size, "0"),
    file,
    padding(file.size),
  ]);
  return new Blob([...parts, new Uint8Array(2 * BLOCK)]);
}

/** What was picked without the folder's own name: that is the input's. */
function withoutTop(files: readonly PickedFile[]): PickedFile[] {
  const tops = new Set(files.map(({ path }) => path.split("/")[0]));
  if (tops.size > 1) return [...files];
  return files.map(({ path, file }) => ({ path: path.slice(path.indexOf("/") + 1), file }));
}

/** A record before a file whose name doesn't fit into the old header, or isn't ASCII. */
function longName(path: string): Uint8Array<ArrayBuffer>[] {
  const bytes = encoder.encode(path);
  if (bytes.length <= 100 && bytes.every((byte) => byte < 128)) return [];
  const rest = bytes.length + " path=\n".length;
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  const record = encoder.encode(`${length} path=${path}\n`);
  return [header(encoder.encode("PaxHeader"), record.length, "x"), record, padding(record.length)];
}

function header(name: Uint8Array, size: number, kind: "0" | "x"): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const write = (text: string, at: number) => {
    block.set(encoder.encode(text), at);
  };
  block.set(name, 0);
  write("0000644\0", 100);
  write("0000000\0", 108);
  write("0000000\0", 116);
  if (size < 8 ** 11) write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  else large(block, size);
  write("00000000000\0", 136);
  write("        ", 148);
  write(kind, 156);
  write("ustar\x0000", 257);
  const sum = block.reduce((all, byte) => all + byte, 0);
  write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** A size from 8 GB on: as a binary number, which begins with a bit of its own. */
function large(block: Uint8Array, size: number): void {
  let rest = size;
  for (let at = 135; at > 124; at--) {
    block[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  block[124] = 0x80;
}

function padding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

function unreadable(error: unknown): ProblemError {
  const why = error instanceof Error ? error.message : "";
  const { unreadable, unreadableStep } = t.direct.inputs;
  return new ProblemError(problemOf(unreadable(why), "input-unreadable", unreadableStep));
}
