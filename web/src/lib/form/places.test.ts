import { describe, expect, it } from "vitest";
import type { Problem } from "$lib/api/types";
import { byPlace, type Known, placeOf, without, worstFirst } from "./places";

const known: Known = {
  settings: new Set(["epochs", "folder"]),
  results: new Set(["repository", "folder"]),
  compute: new Set(["hours"]),
};

function problem(field: string, more: Partial<Problem> = {}): Problem {
  return {
    sentence: `about ${field}`,
    code: "x",
    field,
    next_step: "",
    severity: "error",
    place: "",
    ...more,
  };
}

describe("placeOf", () => {
  it.each([
    ["epochs", "settings.epochs"],
    ["settings.epochs", "settings.epochs"],
    ["settings.epochs.3", "settings.epochs"],
    ["results.repository", "results.repository"],
    ["repository", "results.repository"],
    ["folder", "settings.folder"],
    ["name", "name"],
    ["compute.name", "compute"],
    ["compute.hours", "compute.hours"],
    ["compute.gone", "compute"],
    ["settings.gone", ""],
    ["whatever", ""],
    ["", ""],
  ])("%s stands at %s", (field, place) => {
    expect(placeOf(field, known)).toBe(place);
  });
});

describe("byPlace", () => {
  it("puts errors first, and each problem once", () => {
    const warning = problem("epochs", { severity: "warning", sentence: "may be" });
    const placed = byPlace([warning, problem("epochs"), problem("epochs")], known);
    expect(placed.get("settings.epochs")?.map(({ severity }) => severity)).toEqual([
      "error",
      "warning",
    ]);
  });

  it("keeps the same sentence about two lines of a file apart", () => {
    const problems = [problem("epochs", { place: "a:1" }), problem("epochs", { place: "a:2" })];
    expect(byPlace(problems, known).get("settings.epochs")).toHaveLength(2);
  });
});

it("takes away what another list has too", () => {
  const [one, two] = [problem("epochs"), problem("folder")];
  expect(without([one, two], [{ ...two }])).toEqual([one]);
});

it("keeps the order among equals", () => {
  const [a, b] = [problem("a", { severity: "warning" }), problem("b", { severity: "warning" })];
  const c = problem("c");
  expect(worstFirst([a, b, c])).toEqual([c, a, b]);
});
