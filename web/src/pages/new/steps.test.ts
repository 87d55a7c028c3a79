import { describe, expect, it } from "vitest";
import { schema } from "$lib/form/example";
import { readFields } from "$lib/form/schema";
import { addressOf, stepNamed, stepOf, STEPS, stepsOf } from "./steps";

const fields = readFields(schema);

describe("steps", () => {
  it("are five, and four for a recipe without data", () => {
    expect(stepsOf(undefined)).toEqual(STEPS);
    expect(stepsOf(fields)).toEqual(STEPS);
    const without = fields.filter((field) => field.widget !== "dataset");
    expect(stepsOf(without)).toEqual(["what", "settings", "where", "start"]);
  });

  it("have addresses, with the field that is to be shown", () => {
    expect(addressOf("what")).toBe("/new");
    expect(addressOf("settings", "settings.epochs")).toBe("/new?step=settings#settings.epochs");
    expect(stepNamed("where", STEPS)).toBe("where");
    expect(stepNamed("nonsense", STEPS)).toBe("what");
    expect(stepNamed(null, STEPS)).toBe("what");
  });

  it.each([
    ["settings.source", "data"],
    ["settings.corners", "settings"],
    ["results.repository", "where"],
    ["compute", "where"],
    ["profile", "where"],
    ["name", "what"],
    ["recipe", "what"],
    ["", undefined],
  ])("have %s in %s", (path, step) => {
    expect(stepOf(path, fields)).toBe(step);
  });
});
