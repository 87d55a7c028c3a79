import { figure, number } from "$lib/format";
import { t } from "$lib/texts";
import { isEmpty } from "./schema";

const LONGEST = 24;

/** A value in a few words: 500 · medium · empty · 3 lines */
export function inWords(value: unknown): string {
  if (typeof value === "boolean") return value ? t.newJob.settings.on : t.newJob.settings.off;
  if (typeof value === "number") return Number.isInteger(value) ? number(value) : figure(value);
  if (isEmpty(value)) return t.newJob.settings.empty;
  if (Array.isArray(value)) return t.kit.lines(value.length);
  if (typeof value === "object") return t.kit.entries(Object.keys(value ?? {}).length);
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
