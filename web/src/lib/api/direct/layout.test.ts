import { describe, expect, it } from "vitest";

import { inCircles } from "../../../testing/circles";

/** Imports run downward only, and never to a neighbour on the same floor. */
const FLOORS: readonly (readonly string[])[] = [
  ["common"],
  ["site"],
  ["runpod", "hub", "pod"],
  ["inputs"],
  ["drafts", "attendant"],
  ["visit"],
  ["control"],
  ["index.ts"],
];

const texts = import.meta.glob<string>(
  ["./**/*.ts", "!./**/*.test.ts", "!./testing/**", "!./golden/**"],
  { query: "?raw", import: "default", eager: true },
);
const files = new Map(Object.entries(texts).map(([path, text]) => [path.slice(2), text]));
const imports = new Map([...files].map(([path, text]) => [path, importsOf(path, text)]));

/** The modules of this adapter that one imports, types too, and those that it loads later. */
function importsOf(path: string, text: string): string[] {
  const named = [...text.matchAll(/(?:\bfrom |\bimport\()"(\.[^"]+)"/g)];
  return named.flatMap(([, to = ""]) => {
    const found = new URL(`${to}.ts`, `src:///direct/${path}`).pathname;
    return found.startsWith("/direct/") ? [found.slice("/direct/".length)] : [];
  });
}

function floorOf(path: string): number {
  const top = path.split("/")[0] ?? "";
  return FLOORS.findIndex((floor) => floor.includes(top));
}

function mayImport(path: string, to: string): boolean {
  return path.split("/")[0] === to.split("/")[0] || floorOf(to) < floorOf(path);
}

describe("the adapter's sources", () => {
  it("stand on a floor each, and import what is there", () => {
    expect(files.size).toBeGreaterThan(0);
    expect([...files.keys()].filter((path) => floorOf(path) < 0)).toEqual([]);
    expect([...imports.values()].flat().filter((path) => !files.has(path))).toEqual([]);
  });

  it("import downward only", () => {
    const wrong = [...imports].flatMap(([path, found]) =>
      found.filter((to) => !mayImport(path, to)).map((to) => `${path} → ${to}`),
    );
    expect(wrong).toEqual([]);
    expect(mayImport("runpod/client.ts", "hub/client.ts")).toBe(false);
    expect(mayImport("common/words.ts", "control/acts.ts")).toBe(false);
  });

  it("import nothing in a circle", () => {
    expect(inCircles(imports)).toEqual([]);
  });
});
