import { beforeAll, describe, expect, it } from "vitest";
import type { ComputeView, JobDraft, RecipeView } from "$lib/api/types";
import { cloud, here, pictures } from "$lib/form/example";
import { useLocale } from "$lib/format";
import { askedOf, byGroup, titleOf } from "./asked";
import { differences } from "./difference";
import { written } from "./values";

beforeAll(() => {
  useLocale(["en"]);
});

const recipe = {
  name: "toy",
  schema: {
    properties: {
      epochs: { type: "integer", title: "Epochs", unit: "epochs", group: "Training", default: 500 },
      quality: {
        type: "string",
        title: "Quality",
        enum: ["low", "high"],
        choices: { high: "36 M parameters" },
        group: "Model",
        default: "low",
      },
      sentences: { type: "array", items: { type: "string" }, title: "Sentences", default: [] },
      rate: { type: "number", title: "Rate", group: "Training", default: 0.0002 },
    },
  },
  results_schema: {
    properties: { private: { type: "boolean", title: "Private", group: "Results", default: true } },
  },
} as unknown as RecipeView;

function draft(settings: Record<string, unknown>, results: Record<string, unknown> = {}): JobDraft {
  return { format: 1, recipe: "toy", name: "", settings, compute: { name: "local" }, results };
}

const field = (path: string) =>
  askedOf(draft({}), recipe).find((each) => each.path === path)?.field;

describe("a setting in words", () => {
  it("isn't said twice where a choice and its meaning are alike", () => {
    const model = {
      type: "string",
      title: "Model",
      enum: ["sdxl", "flux2"],
      choices: { sdxl: "SDXL", flux2: "Flux.2" },
    };
    const only = { name: "toy", schema: { properties: { model } } } as unknown as RecipeView;
    const [asked] = askedOf(draft({ model: "sdxl" }), { ...recipe, ...only });
    expect(written("sdxl", asked?.field)).toBe("SDXL");
    expect(written("flux2", asked?.field)).toBe("Flux.2");
    expect(written("high", field("quality"))).toBe("high (36 M parameters)");
  });

  it("has its unit in the singular where there is one", () => {
    expect(written(1, field("epochs"))).toBe("1 epoch");
    expect(written(2, field("epochs"))).toBe("2 epochs");
  });

  it("is told from its namesakes by its unit", () => {
    const every = (unit: string) => ({ type: "integer", title: "Save every", unit, default: 0 });
    const properties = { a: every("epochs"), b: every("steps") };
    const several = { ...recipe, schema: { properties } } as unknown as RecipeView;
    expect(
      askedOf(draft({}), several)
        .slice(0, 2)
        .map(({ title }) => title),
    ).toEqual(["Save every (epochs)", "Save every (steps)"]);
  });
});

describe("a list of tables", () => {
  it("is written a row a line, with what is set in it", () => {
    const [folders] = askedOf(draft({}), pictures);
    const rows = [
      { path: "/a", repeats: null, mask: "" },
      { path: "/b", repeats: 5, mask: "" },
    ];
    expect(written(rows, folders?.field)).toBe("/a\n/b, Repeats: 5");
  });
});

describe("askedOf", () => {
  it("has every setting by its title, with the default where it says nothing", () => {
    const list = askedOf(draft({ epochs: 10 }), recipe);
    expect(list.map(({ path, value, changed }) => [path, value, changed])).toEqual([
      ["epochs", 10, true],
      ["quality", "low", false],
      ["sentences", [], false],
      ["rate", 0.0002, false],
      ["results.private", true, false],
    ]);
  });

  it("takes the same list for the same, whatever array it is", () => {
    expect(askedOf(draft({ sentences: [] }), recipe)[2]?.changed).toBe(false);
    expect(askedOf(draft({ sentences: ["a"] }), recipe)[2]?.changed).toBe(true);
  });

  it("shows what the recipe no longer knows", () => {
    const last = askedOf(draft({ gone: 1 }), recipe).find((each) => each.path === "gone");
    expect(last).toMatchObject({ title: "gone", value: 1, changed: true });
  });

  it("has what was chosen of where it runs, under the name of that", () => {
    const rented = { ...draft({}), compute: { name: "cloud", hours: 2, gone: 1 } };
    const ofCloud = (computes: readonly ComputeView[]) =>
      askedOf(rented, recipe, computes)
        .filter(({ path }) => path.startsWith("compute."))
        .map(({ title, group, value, changed }) => [title, group, value, changed]);
    expect(ofCloud([here, cloud])).toEqual([
      ["GPUs", "The cloud", [], false],
      ["Hours", "The cloud", 2, true],
      ["Volume", "The cloud", "", false],
      ["gone", "The cloud", 1, true],
    ]);
    expect(ofCloud([])).toEqual([
      ["hours", "cloud", 2, true],
      ["gone", "cloud", 1, true],
    ]);
  });

  it("is grouped in the recipe's order", () => {
    expect(
      byGroup(askedOf(draft({}), recipe)).map(([group, list]) => [group, list.length]),
    ).toEqual([
      ["Training", 2],
      ["Model", 1],
      ["Other", 1],
      ["Results", 1],
    ]);
  });

  it("names overrides by their titles", () => {
    const list = askedOf(draft({}), recipe);
    expect(titleOf("epochs", list)).toBe("Epochs");
    expect(titleOf("settings.epochs", list)).toBe("Epochs");
    expect(titleOf("results.private", list)).toBe("Private");
    expect(titleOf("results.gone", list)).toBe("results.gone");
  });
});

describe("written", () => {
  it.each([
    [10300, "epochs", "10,300 epochs"],
    [0.0002, "rate", "0.0002"],
    ["high", "quality", "high (36 M parameters)"],
    ["low", "quality", "low"],
    [["Hello.", "You."], "sentences", "Hello.\nYou."],
    [[], "sentences", ""],
    [false, "results.private", "no"],
    [true, "results.private", "yes"],
    [null, "epochs", ""],
    ["", "quality", ""],
    [0, "epochs", "0 epochs"],
    [{ a: 1 }, "rate", '{"a":1}'],
    [{ A: "1", B: "x y" }, "rate", "A=1\nB=x y"],
  ])("%j of %s is %j", (value, path, text) => {
    expect(written(value, field(path))).toBe(text);
  });
});

describe("differences", () => {
  it("shows only what is not the same", () => {
    const one = askedOf(draft({ epochs: 10, sentences: ["a"] }), recipe);
    const other = askedOf(draft({ epochs: 20, sentences: ["a"] }, { private: false }), recipe);
    expect(
      differences(one, other).map(({ path, one: a, other: b }) => [path, a?.value, b?.value]),
    ).toEqual([
      ["epochs", 10, 20],
      ["results.private", true, false],
    ]);
    expect(differences(one, one)).toEqual([]);
  });

  it("takes a default that is written out for the same as one that is not", () => {
    const one = askedOf(draft({}), recipe);
    const other = askedOf(draft({ epochs: 500 }), recipe);
    expect(differences(one, other)).toEqual([]);
  });

  it("leaves a side empty for a setting that only one of them has", () => {
    const one = askedOf(draft({ mine: 1 }), recipe);
    const other = askedOf(draft({ theirs: 2 }), recipe);
    expect(
      differences(one, other).map(({ path, one: a, other: b }) => [path, a?.value, b?.value]),
    ).toEqual([
      ["mine", 1, undefined],
      ["theirs", undefined, 2],
    ]);
  });
});
