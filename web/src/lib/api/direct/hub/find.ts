import type { Layout } from "../site/layout";
import type { HubFile } from "./client";
import { endingOf } from "./clips";

const GLANCE = 4096; // bytes
const MOST_GLANCES = 5;
const DEEPEST = 8; // folders in folders

/** The list of texts by its name, or by its look; in the only folder, and so on. See `lines.py`. */
export async function findLists(
  files: readonly HubFile[],
  layout: Layout,
  beginning: (path: string, most: number) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<string[]> {
  let here = "";
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    const below = files.filter(({ path }) => path.startsWith(here));
    const names = below.map(({ path }) => path.slice(here.length));
    const direct = names.filter((name) => !name.includes("/"));
    const named = byName(direct, layout);
    if (named !== null) return [here + named];
    const tables: string[] = [];
    const texts = direct.filter((name) => [".csv", ".txt"].includes(endingOf(name))).sort();
    for (const name of texts.slice(0, MOST_GLANCES))
      if (hasColumns(await beginning(here + name, GLANCE))) tables.push(here + name);
    if (tables.length) return tables;
    const inner = new Set(
      names.filter((name) => name.includes("/")).map((name) => name.split("/")[0]),
    );
    if (inner.size !== 1) return [];
    here += `${[...inner][0] ?? ""}/`;
  }
  return [];
}

/** The best of those with a name that such lists usually have. */
function byName(names: readonly string[], { stems, suffixes }: Layout): string | null {
  const ranked = names.flatMap((name) => {
    const ending = endingOf(name);
    const stem = name.slice(0, name.length - ending.length).toLowerCase();
    const rank = [stems.indexOf(stem), suffixes.indexOf(ending)] as const;
    return rank.includes(-1) ? [] : [{ name, rank }];
  });
  ranked.sort(
    ({ rank: one, name: a }, { rank: other, name: b }) =>
      one[0] - other[0] || one[1] - other[1] || (a < b ? -1 : 1),
  );
  return ranked[0]?.name ?? null;
}

function hasColumns(bytes: Uint8Array): boolean {
  const end = bytes.indexOf(10);
  return bytes.subarray(0, end < 0 ? bytes.length : end).includes(124);
}
