import type { DroppedFile } from "$lib/state/sending.svelte";

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

function isWanted({ path }: DroppedFile): boolean {
  return path.split("/").every((part) => !part.startsWith(".") && !LEFTOVERS.has(part));
}
