/** Values out of JSON that may have changed since we last saw it: each as it should be, or a gap. */

export type Table = Readonly<Record<string, unknown>>;

/** What a text says as JSON; null where it is none. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return null;
  }
}

/** A text; a number is one too. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : typeof value === "number" ? String(value) : "";
}

/** A finite number that isn't negative, also where it comes as a text. */
export function number(value: unknown): number | null {
  if (typeof value === "string" ? value.trim() === "" : typeof value !== "number") return null;
  const found = Number(value);
  return Number.isFinite(found) && found >= 0 ? found : null;
}

export function whole(value: unknown, other = 0): number {
  const found = number(value);
  return found === null || found > Number.MAX_SAFE_INTEGER ? other : Math.trunc(found);
}

export function table(value: unknown): Table {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Table)
    : {};
}

/** The objects of a list; what else is in it is left out. */
export function items(value: unknown): Table[] {
  if (!Array.isArray(value)) return [];
  return value.filter((each): each is Table => Object.keys(table(each)).length > 0);
}

/** Seconds since 1970: of `2026-08-20T06:16:19Z`, and of `2026-08-20 06:16:19.436 +0000 UTC`. */
export function moment(value: unknown): number | null {
  if (typeof value !== "string") return null;
  const found = MOMENT.exec(value.trim().replace(/ UTC$/, ""));
  if (!found) return null;
  const [, date = "", time = "", zone = ""] = found;
  const at = Date.parse(`${date}T${time}${zone.replace(/^([+-]\d\d):?(\d\d)$/, "$1:$2") || "Z"}`);
  return Number.isFinite(at) && at > 0 ? at / 1000 : null; // the year 1 stands for never
}

const MOMENT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|[+-]\d\d:?\d\d)?$/;
