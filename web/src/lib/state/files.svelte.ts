import type { Control } from "$lib/api/control";
import type { JobFile } from "$lib/api/types";
import { Listing } from "./listing.svelte";

export type Kind = JobFile["kind"];

/** What one came for stands first. */
const kinds: readonly Kind[] = ["output", "checkpoint", "sample", "record", "work"];

export interface FileGroup {
  kind: Kind;
  files: readonly JobFile[];
  bytes: number;
}

/** What a job left on the disk. */
export class Files extends Listing<JobFile> {
  groups = $derived(groupsOf(this.list ?? []));
  bytes = $derived(bytesOf(this.list ?? []));

  constructor(control: Pick<Control, "files">, job: string) {
    super(() => control.files(job));
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
