import { describe, expect, it } from "vitest";
import type { JobDraft, JobView, RecipeView } from "$lib/api/types";
import { changesOf } from "./fix";

const recipe = {
  changeable: ["batch_size", "learning_rate", "precision", "epochs", "speak"],
  schema: {
    properties: {
      batch_size: { type: "integer", title: "Batch size", minimum: 1, default: 16 },
      learning_rate: { type: "number", title: "Learning rate", default: 0.0002 },
      precision: { type: "string", title: "Precision", enum: ["32-true", "16-mixed"] },
      epochs: { type: "integer", title: "Epochs to add", default: 500 },
      speak: { type: "boolean", title: "Speak", default: true },
      base_use: { type: "string", title: "Use of the base", enum: ["warm-start", "resume"] },
    },
  },
} as unknown as RecipeView;
const asked = {
  recipe: "piper",
  settings: { batch_size: 16, learning_rate: 0.0002, precision: "16-mixed", epochs: 12 },
} as unknown as JobDraft;

const changes = (
  fix: Record<string, string>,
  plain: Record<string, string> = {},
  draft: JobDraft | null = asked,
) =>
  changesOf(
    { fix: plain, cause: { fix } } as unknown as Pick<JobView, "fix" | "cause">,
    draft,
    recipe,
  ).map(({ title, value }) => [title, value]);

describe("what a cause advises", () => {
  it("is taken as it is named", () => {
    expect(changes({ batch_size: "8" }, { batch_size: "8" })).toEqual([["Batch size", 8]]);
    expect(changes({ precision: "32-true" }, { precision: "32-true" })).toEqual([
      ["Precision", "32-true"],
    ]);
    expect(changes({ speak: "false" })).toEqual([["Speak", false]]);
  });

  it("is made of what was asked", () => {
    expect(changes({ batch_size: "half", learning_rate: "half" })).toEqual([
      ["Batch size", 8],
      ["Learning rate", 0.0001],
    ]);
    const one = { ...asked, settings: { batch_size: 1 } } as unknown as JobDraft;
    expect(changes({ batch_size: "half" }, {}, one)).toEqual([]); // it can't get smaller
  });

  it("leaves out what is so already", () => {
    expect(changes({ learning_rate: "half", precision: "16-mixed" })).toEqual([
      ["Learning rate", 0.0001],
    ]);
  });

  it("stays words where no value is sure", () => {
    expect(changes({ epochs: "more" })).toEqual([]);
    expect(changes({ batch_size: "half", epochs: "more" })).toEqual([]);
    expect(changes({ precision: "8-bit" })).toEqual([]);
    expect(changes({ batch_size: "16" })).toEqual([]); // as it is already
    expect(changes({ unknown: "1" })).toEqual([]);
    expect(changes({})).toEqual([]);
  });

  it("is nothing for a resume where a setting may not change", () => {
    expect(changes({ base_use: "warm-start" })).toEqual([]);
  });

  it("waits until the settings are known", () => {
    expect(changes({ batch_size: "8" }, {}, null)).toEqual([]);
  });
});
