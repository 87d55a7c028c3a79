import { bytes } from "$lib/format";
import { t } from "$lib/texts";

/** Files of this browser that stand in a job under a name which tells nobody anything. */
export interface Picked {
  /** The folder's or file's own name; empty where several were picked at once. */
  readonly name: string;
  readonly files: number;
  readonly bytes: number;
}

const PICKED = "picked:";
const SENT = /^input:[0-9a-f]{64}$/; // how a job in a pod names what was sent there
const known = new Map<string, Picked>();

/** Remembers, for as long as the page is, what a value stands for. */
export function notePicked(value: string, picked: Picked): void {
  if (value.startsWith(PICKED)) known.set(value, picked);
}

/** Name, count and size of what a value stands for; null for one that says itself what it is. */
export function pickedWords(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const text = t.newJob.data;
  if (SENT.test(value)) return text.sentBefore;
  if (!value.startsWith(PICKED)) return null;
  const found = known.get(value);
  const name = found?.name ?? value.split("/").slice(1).join("/");
  if (!found) return name || text.sentBefore;
  return [name, text.files(found.files), bytes(found.bytes)].filter(Boolean).join(", ");
}
