import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Problem, Report } from "$lib/api/types";
import { here, recipe } from "$lib/form/example";
import { Checks, type Findings } from "$lib/state/checks.svelte";
import { Draft } from "$lib/state/draft.svelte";
import { Form } from "./form.svelte";

function problem(field: string, code = "rule", more: Partial<Problem> = {}): Problem {
  return {
    sentence: `${code} of ${field}`,
    code,
    field,
    next_step: "",
    severity: "error",
    place: "",
    ...more,
  };
}

function report(...problems: Problem[]): Report {
  return { ok: problems.length === 0, problems, not_checked: [], facts: {} };
}

function findings(...problems: Problem[]): Findings {
  return { problems, notChecked: [], facts: { clips: 3 } };
}

const nobody = { check: vi.fn(), plan: vi.fn(), offers: vi.fn() };
const lists = { choices: vi.fn(() => Promise.resolve([])), places: vi.fn() };

let draft: Draft;
let checks: Checks;
let form: Form;
const codes = (path: string) => form.problems(path).map(({ code }) => code);

beforeEach(() => {
  draft = new Draft(recipe);
  checks = new Checks(nobody);
  form = new Form(draft, checks, lists, [here]);
});

describe("a problem of the schema", () => {
  it("shows once its field was left", () => {
    form.enter("settings.speed");
    draft.set("settings.speed", 3);
    expect(codes("settings.speed")).toEqual([]);
    form.leave("settings.speed");
    expect(codes("settings.speed")).toEqual(["schema"]);
    draft.set("settings.speed", 0.1);
    expect(codes("settings.speed")).toEqual([]);
  });

  it("hides what the server said of an older value", () => {
    checks.rules.answer = report(problem("settings.speed"));
    draft.set("settings.speed", 3);
    form.leave("settings.speed");
    expect(codes("settings.speed")).toEqual(["schema"]);
  });
});

describe("a problem that the server finds", () => {
  it("shows at its field, in whichever way the field is called", () => {
    form.showEverything();
    checks.rules.answer = report(
      problem("speed"),
      problem("settings.limit"),
      problem("results.repository"),
    );
    expect(codes("settings.speed")).toEqual(["rule"]);
    expect(codes("settings.limit")).toEqual(["rule"]);
    expect(codes("results.repository")).toEqual(["rule"]);
  });

  it("waits for its field to be left if it was there from the first", () => {
    checks.rules.answer = report(problem("source", "missing"));
    form.begin();
    expect(codes("settings.source")).toEqual([]);
    expect(form.count("data")).toBe(0);
    form.leaveAll("data");
    expect(codes("settings.source")).toEqual(["missing"]);
    expect(form.count("data")).toBe(1);
    expect(form.blocks("data")).toBe(true);
  });

  it("shows at once if it came of another field's change", () => {
    checks.rules.answer = report();
    form.begin();
    form.enter("settings.limit");
    checks.rules.answer = report(problem("speed"), problem("limit"));
    form.begin();
    expect(codes("settings.speed")).toEqual(["rule"]);
    expect(codes("settings.limit")).toEqual([]); // somebody is still in it
  });

  it("shows at once if it belongs to no field, or to a choice", () => {
    checks.rules.answer = report(problem("", "disk"), problem("gone", "odd"), problem("compute"));
    form.begin();
    expect(codes("")).toEqual(["disk", "odd"]);
    expect(codes("compute")).toEqual(["rule"]);
  });

  it("is an error or a warning", () => {
    checks.rules.answer = report(problem("speed", "maybe", { severity: "warning" }));
    form.showEverything();
    expect([form.errors.length, form.warnings.length]).toEqual([0, 1]);
    expect(form.count("settings")).toBe(0);
  });
});

describe("what a look through the data found", () => {
  const inside = problem("source", "silent", { place: "list.csv:3" });
  const folded = problem("source", "silent", { sentence: "… and 5 more like this." });
  const elsewhere = problem("words", "few", { place: "list.csv", severity: "warning" });

  it("stands with the data, not at the field that names it", () => {
    checks.data.answer = findings(elsewhere, inside, folded);
    form.showEverything();
    expect(codes("settings.source")).toEqual([]);
    expect(form.found).toEqual([inside, folded, elsewhere]);
    expect(codes("settings.words")).toEqual(["few"]);
    expect(form.count("data")).toBe(2); // it can't be used all the same
    expect(form.blocks("data")).toBe(false); // but may be put right later
  });

  it("stands at the field if there is no data to look through", () => {
    checks.data.answer = findings(problem("source", "not-found"));
    form.leave("settings.source");
    expect(codes("settings.source")).toEqual(["not-found"]);
    expect(form.found).toEqual([]);
  });
});

describe("a refusal to start", () => {
  it("shows all it says, until the job is another one", () => {
    form.refuse([problem("settings.speed", "refused")]);
    expect(codes("settings.speed")).toEqual(["refused"]);
    draft.set("settings.speed", 0.1);
    expect(codes("settings.speed")).toEqual([]);
  });
});

it("searches the lists that the recipe has", async () => {
  expect(form.choices("settings.source")).toBeUndefined();
  expect(form.choices("results.shape")).toBeUndefined();
  const { signal } = new AbortController();
  await form.choices("settings.shape")?.("ro", signal);
  expect(lists.choices).toHaveBeenCalledWith("shapes", "shape", "ro", signal);
});

it("calls fields as the page does", () => {
  expect(
    ["settings.speed", "results.repository", "name", "compute", "settings.gone"].map((path) =>
      form.titleOf(path),
    ),
  ).toEqual(["Speed", "Repository", "Name", "Runs on", "gone"]);
  expect(form.computeTitle).toBe("This computer");
});
