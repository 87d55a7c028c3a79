import { expect, it, vi } from "vitest";
import { ProblemError } from "$lib/api/problem";
import type { Problem, RecipeView } from "$lib/api/types";
import { Profiles } from "$lib/state/profiles.svelte";
import { DefaultsDraft } from "./defaults.svelte";
import { DefaultsForm } from "./form";

const recipe: RecipeView = {
  name: "piper",
  title: "Piper voice",
  summary: "",
  demo: true,
  presets: [],
  changeable: [],
  choices: ["base"],
  schema: {
    properties: {
      base: { type: "string", default: "" },
      base_use: { type: "string", default: "warm-start", shown_when: { base: "*" } },
      epochs: { type: "integer", default: 500, minimum: 1 },
    },
  },
  results_schema: { properties: { repository: { type: "string", default: "" } } },
};

async function begin(problems: Problem[] = []) {
  const details = { type: "", title: "", status: 422, detail: "", code: "", field: "" };
  const profile = { name: "work", title: "", secrets: [], defaults: {} };
  const profiles = new Profiles({
    profiles: () => Promise.resolve([profile]),
    keepProfile: () =>
      problems.length
        ? Promise.reject(new ProblemError({ ...details, next_step: "", problems }))
        : Promise.resolve(profile),
    removeProfile: () => Promise.resolve(),
  });
  await profiles.look();
  const control = { choices: vi.fn().mockResolvedValue([]), places: vi.fn() };
  const draft = new DefaultsDraft("work", profiles);
  return { draft, control, form: new DefaultsForm(recipe, draft, control) };
}

function problem(field: string): Problem {
  const rest = { next_step: "", severity: "error", place: "" } as const;
  return { sentence: `${field} is wrong.`, code: "wrong", field, ...rest };
}

const names = (form: DefaultsForm) => form.fields("settings").map((field) => field.name);

it("keeps settings under the recipe, and results under no recipe", async () => {
  const { draft, form } = await begin();
  form.set("settings.epochs", 7);
  form.set("results.repository", "a/b");
  expect(draft.has("settings.piper", "epochs")).toBe(true);
  expect(draft.has("results", "repository")).toBe(true);
  expect(form.value("settings.epochs")).toBe(7);
  expect(form.changed("settings.epochs")).toBe(true);
  expect(form.changed("settings.base")).toBe(false);
  expect(form.origin("settings.epochs")).toBe(500);
});

it("shows what matters as things stand, and all that is set", async () => {
  const { form } = await begin();
  expect(names(form)).toEqual(["base", "epochs"]);
  form.set("settings.base", "lessac");
  expect(names(form)).toEqual(["base", "base_use", "epochs"]);
  form.set("settings.base_use", "resume");
  form.set("settings.base", "");
  expect(names(form)).toEqual(["base", "base_use", "epochs"]);
});

it("offers lists only where the recipe has them", async () => {
  const { control, form } = await begin();
  expect(form.choices("settings.epochs")).toBeUndefined();
  expect(form.choices("results.repository")).toBeUndefined();
  const { signal } = new AbortController();
  await form.choices("settings.base")?.("less", signal);
  expect(control.choices).toHaveBeenCalledWith("piper", "base", "less", signal);
});

it("says what was refused at its field, or apart if it has none here", async () => {
  const there = problem("defaults.settings.piper.epochs");
  const elsewhere = problem("defaults.settings.gone.x");
  const { draft, form } = await begin([there, elsewhere]);
  form.set("settings.epochs", 7);
  await draft.keep();
  expect(form.problems("settings.epochs")).toEqual([there]);
  expect(form.problems("settings.base")).toEqual([]);
  expect(form.otherProblems).toEqual([elsewhere]);
});

it("says it in the form's own words where the schema alone knows", async () => {
  const { draft, form } = await begin([problem("defaults.settings.piper.epochs")]);
  form.set("settings.epochs", null);
  await draft.keep();
  const [said] = form.problems("settings.epochs");
  expect(said?.code).toBe("schema");
  expect(said?.sentence).not.toContain("settings.piper");
});
