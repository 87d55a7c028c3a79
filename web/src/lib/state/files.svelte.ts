import type { Control } from "$lib/api/control";
import type { JobFile } from "$lib/api/types";

export type Kind = JobFile["kind"];

/** What one came for stands first. */
const kinds: readonly Kind[] = ["output", "checkpoint", "sample", "record", "work"];

export interface FileGroup {
  kind: Kind;
  files: readonly JobFile[];
  bytes: number;
}

/** What a job left on the disk. */
export class Files {
  list = $state.raw<readonly JobFile[] | null>(null);
  error = $state.raw<unknown>(null);
  groups = $derived(groupsOf(this.list ?? []));
  bytes = $derived(bytesOf(this.list ?? []));

  readonly #control: Pick<Control, "files">;
  readonly #job: string;
  #looks = 0;

  constructor(control: Pick<Control, "files">, job: string) {
    this.#control = control;
    this.#job = job;
  }

  async load(): Promise<void> {
    const look = ++this.#looks;
    try {
      const list = await this.#control.files(this.#job);
      if (look !== this.#looks) return;
      this.list = list;
      this.error = null;
    } catch (error) {
      if (look === this.#looks) this.error = error;
    }
  }

  /** Those of these paths that are there. */
  chosen(paths: readonly string[]): JobFile[] {
    const wanted = new Set(paths);
    return (this.list ?? []).filter((file) => wanted.has(file.path));
  }
}

/** By kind; the newest checkpoint first, all else by name as a person would sort it. */
export function groupsOf(list: readonly JobFile[]): FileGroup[] {
  return kinds
    .map((kind) => {
      const files = list.filter((file) => file.kind === kind).sort(orders[kind] ?? byName);
      return { kind, files, bytes: bytesOf(files) };
    })
    .filter((group) => group.files.length > 0);
}

export function bytesOf(files: readonly JobFile[]): number {
  return files.reduce((sum, file) => sum + file.bytes, 0);
}

const names = new Intl.Collator(undefined, { numeric: true });
const byName = (a: JobFile, b: JobFile) => names.compare(a.path, b.path);
const newest = (a: JobFile, b: JobFile) => b.modified - a.modified || byName(a, b);
const orders: Partial<Record<Kind, (a: JobFile, b: JobFile) => number>> = { checkpoint: newest };
