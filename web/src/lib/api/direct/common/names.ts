/** Names: of the key, of pods, of jobs. A pod is known by its name alone. */

export const KEY = "RUNPOD_API_KEY";

const NAME = /^tuneyard-([0-9a-f]{8})-(\S{1,200})$/;
const LONGEST = 22; // characters of a job's name in its id

/** Eight hex digits by which this visit's pods are told from those of others. */
export function newHome(): string {
  return hex(crypto.getRandomValues(new Uint8Array(4)));
}

/** What opens a pod's face: known to the pod and to whoever may read the pod's environment. */
export function newToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}

export function podName(home: string, job: string): string {
  return `tuneyard-${home}-${job}`;
}

/** The ids of home and job in a pod's name; null of a pod that isn't Tuneyard's. */
export function parsePodName(name: string): { home: string; job: string } | null {
  const [, home, job] = NAME.exec(name) ?? [];
  return home && job ? { home, job } : null;
}

/** Sorts by time and can be read: `20261122-143005-first-voice`. */
export function newJobId(name: string, now: Date, taken: (id: string) => boolean): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const stem = `${date}-${time}-${slug(name)}`;
  let id = stem;
  for (let n = 2; taken(id); n++) id = `${stem}-${n}`;
  return id;
}

/** Seconds since 1970 at which an id was made, in the reader's own time; null if it says none. */
export function madeAt(id: string): number | null {
  const found = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)/.exec(id)?.slice(1).map(Number);
  if (!found) return null;
  const [year = 0, month = 1, day = 1, h = 0, min = 0, s = 0] = found;
  return new Date(year, month - 1, day, h, min, s).getTime() / 1000;
}

function slug(name: string): string {
  const ascii = name.normalize("NFKD").replace(/[^\0-\x7f]/g, "");
  const words = ascii.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return trimmed(trimmed(words).slice(0, LONGEST)) || "job";
}

function trimmed(text: string): string {
  return text.replace(/^-+|-+$/g, "");
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
