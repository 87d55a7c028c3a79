import { same as equal } from "./schema";

/** A row as it is typed. */
export interface Row {
  readonly name: string;
  readonly value: string;
}

export function rowsOf(value: unknown): readonly Row[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).map(([name, each]) => ({ name, value: String(each) }));
}

/** Of rows with the same name the last one counts; one without a name doesn't. */
export function tableOf(rows: readonly Row[]): Record<string, string> {
  const named = rows.map(({ name, value }) => [name.trim(), value] as const);
  return Object.fromEntries(named.filter(([name]) => name !== ""));
}

/** Whether two tables say the same, in whatever order. */
export function same(one: unknown, other: unknown): boolean {
  const sorted = (rows: readonly Row[]) =>
    [...rows].sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)));
  return equal(sorted(rowsOf(one)), sorted(rowsOf(other)));
}

/** Lines of NAME=value, as shells and .env files have them; nothing if any line is another thing. */
export function pasted(text: string): readonly Row[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const told = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const rows = told.flatMap((line) => {
    const [, name, value] = /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [{ name, value: unquoted(value ?? "") }];
  });
  return rows.length === told.length ? rows : [];
}

function unquoted(value: string): string {
  const [, , inside] = /^(["'])(.*)\1$/.exec(value) ?? [];
  return inside ?? value;
}
