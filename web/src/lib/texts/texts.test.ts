import { describe, expect, it } from "vitest";
import { language, loaders, loadTexts, t } from ".";
import { choose } from "./choose";
import { en } from "./en";
import { plural } from "./plural";

/** Each text by its path, with what it is: words, or a function of so many values. */
function keys(texts: object, path = ""): string[] {
  return Object.entries(texts).flatMap(([name, value]: [string, unknown]) => {
    const here = path ? `${path}.${name}` : name;
    if (typeof value === "function") return [`${here}(${value.length})`];
    return typeof value === "object" && value !== null ? keys(value, here) : [here];
  });
}

describe("texts", () => {
  it("have the same keys in every language", async () => {
    for (const [name, load] of Object.entries(loaders)) {
      expect(keys((await load()).texts).sort(), name).toEqual(keys(en).sort());
    }
  });

  it("leave none empty", () => {
    const empty = (texts: object): boolean =>
      Object.values(texts).some(
        (value) =>
          value === "" || (typeof value === "object" && value !== null && empty(value as object)),
      );
    expect(empty(en)).toBe(false);
  });

  it("are in the first language of the reader's that there is", async () => {
    await loadTexts(["xx-YY", "en-GB"]);
    expect([language, document.documentElement.lang]).toEqual(["en", "en"]);
    expect(t.shell.name).toBe("Tuneyard");
  });

  it("count in the forms of the language", () => {
    const jobs = (n: number) => plural(n, { one: "# job", other: "# jobs" });
    expect([0, 1, 2, 1200].map(jobs)).toEqual(["0 jobs", "1 job", "2 jobs", "1,200 jobs"]);
  });

  it("say a recipe's units of one as of one", () => {
    const units = ["epochs", "processes", "GPUs", "GB", "Hz"];
    expect(units.map((unit) => t.kit.unitOf(1, unit))).toEqual([
      "epoch",
      "process",
      "GPU",
      "GB",
      "Hz",
    ]);
    expect(t.kit.unitOf(2, "GPUs")).toBe("GPUs");
  });
});

describe("choosing a language", () => {
  it.each([
    [["de-AT", "en"], ["en", "de"], "de"],
    [["pt-BR"], ["en", "pt", "pt-BR"], "pt-BR"],
    [["fr", "de"], ["en", "de"], "de"],
    [["fr"], ["en", "de"], "en"],
    [[], ["en"], "en"],
  ])("of %j among %j takes %s", (wanted, known, chosen) => {
    expect(choose(wanted, known)).toBe(chosen);
  });
});
