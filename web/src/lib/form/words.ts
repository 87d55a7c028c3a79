import { figure, number } from "$lib/format";
import { t } from "$lib/texts";
import { pickedWords } from "./picked";
import { isEmpty } from "./schema";

const LONGEST = 24;

/** A text as it stands, where it says what it is; other values in a few words. */
export function inFull(value: unknown): string {
  if (typeof value !== "string" || !value) return inWords(value);
  const lines = value.trim().split("\n").length; // a script, a list: not to be read here
  return pickedWords(value) ?? (lines > 1 ? t.kit.lines(lines) : quoted(value));
}

/** A text whose blanks at its ends would not be seen, such as “a painting of ”, in quotes. */
export function quoted(value: string): string {
  return value === value.trim() || value.includes("\n") ? value : `“${value}”`;
}

/** A value in a few words: 500 · medium · empty · 3 lines */
export function inWords(value: unknown): string {
  if (typeof value === "boolean") return value ? t.newJob.settings.on : t.newJob.settings.off;
  if (typeof value === "number") return Number.isInteger(value) ? number(value) : figure(value);
  if (isEmpty(value)) return t.newJob.settings.empty;
  if (Array.isArray(value)) return shortList(value) ?? t.kit.lines(value.length);
  const picked = pickedWords(value);
  if (picked !== null) return picked;
  if (typeof value === "object") return t.kit.entries(Object.keys(value ?? {}).length);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** Beside each other, where they are few and short. */
function shortList(items: readonly unknown[]): string | undefined {
  const plain = items.every((each) => typeof each === "number" || typeof each === "string");
  const text = items.join(", ");
  return plain && text.length <= LONGEST && !text.includes("\n") ? text : undefined;
}
