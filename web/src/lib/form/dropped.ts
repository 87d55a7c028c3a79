import type { DroppedFile } from "$lib/state/sending.svelte";
import type { Reads } from "./schema";

/** What was dropped or picked, as files with their paths. Hidden files are left where they are. */

const LEFTOVERS = new Set(["__MACOSX", "Thumbs.db", "desktop.ini"]);

export async function droppedFiles(transfer: DataTransfer): Promise<readonly DroppedFile[]> {
  // Entries are gone once this turn of the event loop ends: all are taken before any wait.
  const items = Array.from(transfer.items, (item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const found = await Promise.all(items.map(async (item) => (item ? under(item) : [])));
  return found.flat().filter(isWanted);
}

export function pickedFiles(files: FileList): readonly DroppedFile[] {
  const all = Array.from(files, (file) => ({ path: file.webkitRelativePath || file.name, file }));
  return all.filter(isWanted);
}

/** Those that a trainer reads, and the names of the folders inside that it doesn't enter. */
export function read(
  files: readonly DroppedFile[],
  reads: Reads,
): { readonly files: readonly DroppedFile[]; readonly folders: readonly string[] } {
  const [first] = files;
  if (files.length === 1 && !first?.path.includes("/")) return { files, folders: [] };
  const top = topOf(files).length;
  const inside = ({ path }: DroppedFile) => path.slice(top);
  const left = reads.inside ? [] : files.map(inside).filter((path) => path.includes("/"));
  const folders = new Set(left.map((path) => path.slice(0, path.indexOf("/"))));
  return { files: files.filter((each) => takes(reads, inside(each))), folders: [...folders] };
}

/** Whether a file is read, by its path inside of the folder: as `Reads.takes` of `fields.py`. */
export function takes(reads: Reads, path: string): boolean {
  const isPlaced = reads.inside || !path.includes("/");
  return isPlaced && isWanted({ path }) && !reads.without.some((ending) => path.endsWith(ending));
}

/** The folder that all of them lie in, with its slash; empty where there is none. */
function topOf(files: readonly DroppedFile[]): string {
  const path = files[0]?.path ?? "";
  const top = path.slice(0, path.indexOf("/") + 1);
  return files.every((each) => each.path.startsWith(top)) ? top : "";
}

async function under(entry: FileSystemEntry | File): Promise<readonly DroppedFile[]> {
  if (entry instanceof File) return [{ path: entry.name, file: entry }];
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    return [{ path: entry.fullPath.replace(/^\//, ""), file }];
  }
  const children = await childrenOf(entry as FileSystemDirectoryEntry);
  const found: DroppedFile[] = [];
  for (const child of children) found.push(...(await under(child)));
  return found;
}

/** A reader answers at most 100 at a time, and nothing when it is through. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

function isWanted({ path }: Pick<DroppedFile, "path">): boolean {
  return path.split("/").every((part) => !part.startsWith(".") && !LEFTOVERS.has(part));
}
