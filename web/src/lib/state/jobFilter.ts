import type { JobRow, State } from "$lib/api/types";

/** What the list shows. Kept in the address, so that back, reload and a link bring it again. */
export interface Filter {
  group: Group;
  recipe: string;
  text: string;
}

export const groups = {
  all: [],
  running: ["provisioning", "preparing", "training", "finishing"],
  waiting: ["queued"],
  done: ["succeeded"],
  failed: ["failed", "lost"],
  stopped: ["stopped"],
} as const satisfies Record<string, readonly State[]>;

export type Group = keyof typeof groups;

export const everything: Filter = { group: "all", recipe: "", text: "" };

export function statesOf(group: Group): readonly State[] {
  return groups[group];
}

/** What an address asks for; whatever it doesn't know is everything. */
export function fromSearch(search: string): Filter {
  const query = new URLSearchParams(search);
  const state = query.get("state") ?? "";
  return {
    group: Object.hasOwn(groups, state) ? (state as Group) : "all",
    recipe: query.get("recipe") ?? "",
    text: query.get("text") ?? "",
  };
}

/** The address of a filter: "" or "?state=…&recipe=…&text=…", without what is not asked for. */
export function toSearch(filter: Filter): string {
  const query = new URLSearchParams();
  if (filter.group !== "all") query.set("state", filter.group);
  if (filter.recipe) query.set("recipe", filter.recipe);
  if (filter.text.trim()) query.set("text", filter.text.trim());
  const search = query.toString();
  return search && `?${search}`;
}

/** Whether a job belongs in the list, by the server's own rules: every word is in its id, name,
 * recipe or compute. */
export function fits(row: JobRow, filter: Filter): boolean {
  const states = statesOf(filter.group);
  if (states.length && !(row.state && states.includes(row.state))) return false;
  if (filter.recipe && row.recipe !== filter.recipe) return false;
  const whole = `${row.id} ${row.name} ${row.recipe} ${row.compute}`.toLowerCase();
  return words(filter.text).every((word) => whole.includes(word));
}

function words(text: string): string[] {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}
