import type { Layout } from "../site/layout";

/** The sound files of a dataset, found however a list of texts names them; see `clips.py`. */
export class Clips {
  readonly #layout: Layout;
  readonly #formats: readonly string[];
  readonly #byKey = new Map<string, string[]>();

  constructor(files: readonly string[], layout: Layout) {
    this.#layout = layout;
    this.#formats = [...layout.sound, ...layout.foreign];
    for (const file of files) {
      if (!this.#formats.includes(endingOf(file))) continue;
      const parts = file.split("/");
      for (let start = 0; start < parts.length; start += 1) {
        const tail = parts.slice(start).join("/");
        this.#note(keyOf(tail), file);
        this.#note(keyOf(withoutEnding(tail)), file);
      }
    }
  }

  /** The files that `name` may mean: none, one, or several. */
  find(name: string): string[] {
    const path = name.replaceAll("\\", "/").replace(/^\.\//, "");
    const found = this.#byKey.get(keyOf(path)) ?? this.#byKey.get(keyOf(this.#stem(path))) ?? [];
    if (!found.length && /^(\/|[A-Za-z]:\/)/.test(path)) return this.#byTail(path);
    const ranked = found.map((file) => ({ file, rank: this.#rank(file, path) }));
    const [best] = ranked.map(({ rank }) => rank).sort(compare);
    return best ? ranked.filter(({ rank }) => !compare(rank, best)).map(({ file }) => file) : [];
  }

  isReadable(file: string): boolean {
    return this.#layout.sound.includes(endingOf(file));
  }

  /** By the longest end of an absolute path that exists here. */
  #byTail(path: string): string[] {
    const parts = path.split("/").slice(1);
    for (let start = 0; start < parts.length; start += 1) {
      const found = this.find(parts.slice(start).join("/"));
      if (found.length) return found;
    }
    return [];
  }

  #note(key: string, file: string): void {
    const files = this.#byKey.get(key);
    if (files) files.push(file);
    else this.#byKey.set(key, [file]);
  }

  #stem(path: string): string {
    return this.#formats.includes(endingOf(path)) ? withoutEnding(path) : path;
  }

  /** Less is better: whether it can be read, how exact the match is, format, folder. */
  #rank(file: string, wanted: string): number[] {
    const stem = withoutEnding(file);
    const near = [keyOf(file), keyOf(stem)].includes(keyOf(wanted));
    const exactness = file === wanted ? 0 : stem === wanted ? 1 : near ? 2 : 3;
    const { folders } = this.#layout;
    const folder = folders.indexOf(file.split("/").slice(0, -1).join("/").toLowerCase());
    return [
      this.isReadable(file) ? 0 : 1,
      exactness,
      this.#formats.indexOf(endingOf(file)),
      folder < 0 ? folders.length : folder,
    ];
  }
}

/** Of `wavs/1.WAV` `.wav`; empty where there is none. */
export function endingOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot > 0 && dot < name.length - 1 ? name.slice(dot).toLowerCase() : "";
}

export function withoutEnding(path: string): string {
  return path.slice(0, path.length - endingOf(path).length);
}

/** Whether a file or one of its folders is hidden, or was left by a file manager. */
export function isLitter(path: string): boolean {
  return path
    .split("/")
    .some(
      (name) => name.startsWith(".") || ["__MACOSX", "Thumbs.db", "desktop.ini"].includes(name),
    );
}

function keyOf(path: string): string {
  return path.normalize("NFC").toLowerCase();
}

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index]);
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0);
}
