import { describe, expect, it } from "vitest";

import { inCircles } from "./testing/circles";

const texts = import.meta.glob<string>(["./**/*.ts", "!./**/*.test.ts", "!./**/testing/**"], {
  query: "?raw",
  import: "default",
  eager: true,
});
const files = new Map(Object.entries(texts).map(([path, text]) => [path.slice(2), text]));

/** The modules that one needs before it can run: no types, and not what it loads later.
 *
 * Components are left out: a form holds lists of tables, which hold forms.
 */
function importsOf(path: string, text: string): string[] {
  const named = [...text.matchAll(/^\s*(?:import|export|\}) (?!type )[^;]*?from "([^"]+)"/gm)];
  return named.flatMap(([, to = ""]) => {
    if (!/^(\.|\$lib\/)/.test(to)) return [];
    const whole = to.replace("$lib/", "/lib/");
    const found = new URL(whole, `src:///${path}`).pathname.slice(1).replace(/\/$/, "");
    return ["", ".ts", ".svelte.ts", "/index.ts"].map((end) => found + end).filter(isThere);
  });
}

const isThere = (path: string) => files.has(path);

describe("the page's sources", () => {
  const imports = new Map([...files].map(([path, text]) => [path, importsOf(path, text)]));

  it("are found, and what they import", () => {
    expect(imports.get("lib/texts/plural.ts")).toEqual(["lib/numbers.ts", "lib/texts/language.ts"]);
    expect(imports.get("lib/format.ts")).toContain("lib/texts/index.ts");
    expect([...imports.values()].flat().length).toBeGreaterThan(files.size);
  });

  it("import nothing in a circle", () => {
    expect(inCircles(imports)).toEqual([]);
    expect(
      inCircles(
        new Map([
          ["a", ["b"]],
          ["b", ["a"]],
          ["c", ["a"]],
          ["d", []],
        ]),
      ),
    ).toEqual(["a", "b", "c"]);
  });
});
