import { describe, expect, it } from "vitest";
import type { JobDraft, Problem, RecipeView } from "$lib/api/types";
import { ResumeForm } from "./ResumeForm.svelte";

const recipe = {
  name: "piper",
  changeable: ["batch_size", "epochs"],
  choices: [],
  schema: {
    properties: {
      dataset: { type: "string", title: "Dataset" },
      epochs: { type: "integer", title: "Epochs", minimum: 1, default: 500 },
      batch_size: { type: "integer", title: "Batch size", minimum: 1, default: 16 },
    },
  } as Record<string, unknown>,
} as unknown as RecipeView;
const asked = {
  recipe: "piper",
  settings: { dataset: "/data", epochs: 12, batch_size: 16 },
} as unknown as JobDraft;

const form = () =>
  new ResumeForm(
    { choices: () => Promise.resolve([]), places: () => Promise.resolve([]) },
    recipe,
    asked,
  );
const problem = (field: string): Problem => ({
  sentence: `${field} is wrong`,
  code: "x",
  field,
  next_step: "",
  severity: "error",
  place: "",
});

describe("a resume with changes", () => {
  it("offers what may change, as it was", () => {
    const made = form();
    expect(made.fields.map((field) => field.name)).toEqual(["epochs", "batch_size"]);
    expect(made.value("settings.epochs")).toBe(12);
    expect(made.changes).toEqual({});
    expect(made.default("settings.epochs")).toBe(500);
  });

  it("sends only what differs", () => {
    const made = form();
    made.set("settings.epochs", 20);
    made.set("settings.batch_size", 8);
    made.set("settings.batch_size", 16);
    expect(made.changes).toEqual({ epochs: 20 });
    expect(made.changed("settings.epochs")).toBe(true);
    expect(made.changed("settings.batch_size")).toBe(false);
  });

  it("says what is wrong once a field was left, and all of it at the end", () => {
    const made = form();
    made.enter("settings.epochs");
    made.set("settings.epochs", 0);
    expect(made.problems("settings.epochs")).toEqual([]);
    made.leave("settings.epochs");
    expect(made.problems("settings.epochs")).toHaveLength(1);
    made.set("settings.batch_size", null);
    expect(made.check()).toBe(false);
    expect(made.problems("settings.batch_size")).toHaveLength(1);
    made.set("settings.epochs", 3);
    made.set("settings.batch_size", 2);
    expect(made.check()).toBe(true);
  });

  it("shows the server's problems at their fields, and tells of the others", () => {
    const made = form();
    const [here, elsewhere] = [problem("epochs"), problem("dataset")];
    expect(made.refuse([here, elsewhere])).toEqual([elsewhere]);
    expect(made.problems("settings.epochs")).toEqual([here]);
    made.set("settings.epochs", 5);
    expect(made.problems("settings.epochs")).toEqual([]);
  });
});
