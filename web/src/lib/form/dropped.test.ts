import { describe, expect, it } from "vitest";
import cases from "$lib/api/direct/golden/folders.json?raw";
import { droppedFiles, pickedFiles, read, takes } from "./dropped";
import type { Reads } from "./schema";

/** As Chromium answers: 100 entries at a time, then none. */
function folder(path: string, children: FileSystemEntry[]): FileSystemEntry {
  const entry = {
    isFile: false,
    isDirectory: true,
    fullPath: path,
    createReader() {
      const left = [...children];
      return {
        readEntries(done: (entries: FileSystemEntry[]) => void) {
          done(left.splice(0, 100));
        },
      };
    },
  };
  return entry as unknown as FileSystemEntry;
}

function file(path: string): FileSystemEntry {
  const entry = {
    isFile: true,
    isDirectory: false,
    fullPath: path,
    file(done: (file: File) => void) {
      done(new File(["x"], path.split("/").at(-1) ?? ""));
    },
  };
  return entry as unknown as FileSystemEntry;
}

function transfer(...entries: (FileSystemEntry | null)[]): DataTransfer {
  const items = entries.map((entry) => ({ webkitGetAsEntry: () => entry, getAsFile: () => null }));
  return { items } as unknown as DataTransfer;
}

const paths = async (...entries: (FileSystemEntry | null)[]) =>
  (await droppedFiles(transfer(...entries))).map(({ path }) => path);

describe("droppedFiles", () => {
  it("walks through folders, with the folder's own name", async () => {
    const voice = folder("/voice", [
      file("/voice/metadata.csv"),
      folder("/voice/wavs", [file("/voice/wavs/1.wav")]),
    ]);
    expect(await paths(voice)).toEqual(["voice/metadata.csv", "voice/wavs/1.wav"]);
  });

  it("reads a folder to its end", async () => {
    const many = Array.from({ length: 250 }, (_, n) => file(`/voice/${n}.wav`));
    expect(await paths(folder("/voice", many))).toHaveLength(250);
  });

  it("leaves hidden files, and what systems leave behind", async () => {
    const voice = folder("/voice", [
      file("/voice/.DS_Store"),
      file("/voice/Thumbs.db"),
      folder("/voice/__MACOSX", [file("/voice/__MACOSX/1.wav")]),
      file("/voice/1.wav"),
    ]);
    expect(await paths(voice)).toEqual(["voice/1.wav"]);
  });

  it("takes a file that is no entry of a file system", async () => {
    const item = { webkitGetAsEntry: () => null, getAsFile: () => new File(["x"], "voice.zip") };
    const files = await droppedFiles({ items: [item] } as unknown as DataTransfer);
    expect(files.map(({ path }) => path)).toEqual(["voice.zip"]);
  });

  it("takes no text that was dropped", async () => {
    expect(await paths(null)).toEqual([]);
  });
});

it("takes picked files by the paths inside their folder", () => {
  const one = new File(["x"], "1.wav");
  Object.defineProperty(one, "webkitRelativePath", { value: "voice/wavs/1.wav" });
  const files = [one, new File(["x"], "voice.zip")] as unknown as FileList;
  expect(pickedFiles(files).map(({ path }) => path)).toEqual(["voice/wavs/1.wav", "voice.zip"]);
});

describe("of a folder", () => {
  const known = JSON.parse(cases) as { reads: Reads; files: string[]; taken: string[] }[];
  const flat: Reads = { inside: false, without: [".npz"], archive: false };
  const files = (...paths: string[]) => paths.map((path) => ({ path, file: new File(["x"], "x") }));
  const readOf = (paths: string[], reads = flat) => {
    const { files: taken, folders } = read(files(...paths), reads);
    return [taken.map(({ path }) => path), folders];
  };

  it.each(known)("is read what Python reads: $reads", ({ reads, files, taken }) => {
    expect(files.filter((path) => takes(reads, path))).toEqual(taken);
  });

  it("is left what the trainer doesn't read, and its folders are named", () => {
    const paths = ["set/a.png", "set/a.npz", "set/cache/flux/shard_0.bin", "set/masks/a.png"];
    expect(readOf(paths)).toEqual([["set/a.png"], ["cache", "masks"]]);
    expect(readOf(paths, { inside: true, without: [], archive: true })).toEqual([paths, []]);
    expect(readOf(["set/a/1.png", "set/b/1.png"])).toEqual([[], ["a", "b"]]);
  });

  it("stands what was dropped beside each other, and a file by itself", () => {
    expect(readOf(["a.png", "a.npz", "more/b.png"])).toEqual([["a.png"], ["more"]]);
    expect(readOf(["a.npz"])).toEqual([["a.npz"], []]);
    expect(readOf([])).toEqual([[], []]);
  });
});
