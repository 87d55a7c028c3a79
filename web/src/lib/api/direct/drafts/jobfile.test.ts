import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";
import { ProblemError } from "../../problem";
import type { JobDraft } from "../../types";
import cases from "../golden/jobfiles.json?raw";
import { localPaths } from "../inputs/paths";
import { siteForTests } from "../testing/site";
import { asJobFile, readJobFile } from "./jobfile";

interface Case {
  name: string;
  text: string;
  draft?: JobDraft;
  read?: JobDraft;
  problems?: { field: string }[];
}

/** Python says which value of a list or of a table of texts; a page, which field. */
const ofField = (place: string) =>
  place.replace(/^((?:settings|compute)\.\w+(?:\.\d+\.\w+)?)(?:\..+)?$/, "$1");
const known = JSON.parse(cases) as Case[];
const site = siteForTests();

describe("a job file is read as Python reads it", () => {
  const good = known.filter((each) => each.read).map((each) => [each.name, each] as const);
  it.each(good)("%s", (_, { text, read }) => {
    const draft = readJobFile(text, site);
    expect(draft.settings).toEqual(read?.settings);
    expect(draft.results).toEqual(read?.results);
    expect([draft.recipe, draft.name]).toEqual([read?.recipe, read?.name]);
    expect(draft.compute.name).toBe("runpod"); // a page runs nothing anywhere else
    if (read?.compute.name === "runpod") expect(draft.compute).toEqual(read.compute);
  });
});

describe("a job file with mistakes says all of them, each at its field", () => {
  const wrong = known.filter((each) => each.problems).map((each) => [each.name, each] as const);
  it.each(wrong)("%s", (_, { text, problems = [] }) => {
    const fields = [...new Set(problems.map((each) => ofField(each.field)))].sort();
    try {
      readJobFile(text, site);
      expect.fail("it was taken");
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      expect(error.problems.map((each) => each.field).sort()).toEqual(fields);
      expect(error.message).not.toBe("");
    }
  });

  it("refuses what only an attendant at home obeys, and takes it where it asks for nothing", () => {
    const file = (compute: string) => `recipe = "piper"\n[compute]\nname = "runpod"\n${compute}\n`;
    const asked = 'inputs = "hub"\ncheckpoint_gb = 5\n';
    try {
      readJobFile(file(asked), site);
      expect.fail("it was taken");
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      expect(error.problems).toMatchObject([
        { field: "compute.checkpoint_gb", code: "at-home" },
        { field: "compute.inputs", code: "at-home" },
      ]);
      expect(error.problems[0]?.next_step).toContain("tuneyard run");
    }
    const { compute } = readJobFile(file('inputs = "pod"\ncheckpoint_gb = 2\n'), site);
    expect(compute).not.toHaveProperty("inputs");
    expect(compute).not.toHaveProperty("checkpoint_gb");
  });

  it("says of a setting that people look for why there is none", () => {
    const file = 'recipe = "diffusion-pipe"\n[settings]\nalpha = 16\n';
    expect(() => readJobFile(file, site)).toThrow("There is no alpha here: the trainer takes");
  });

  it("says at which line a file is no TOML", () => {
    expect(() => readJobFile('recipe = "piper"\nname = a\n', site)).toThrow(/not valid TOML/);
    try {
      readJobFile('recipe = "piper"\nname = a\n', site);
    } catch (error) {
      expect((error as ProblemError).problems[0]?.place).toBe("line 2");
    }
  });
});

describe("a job file is written with what Python writes", () => {
  const told = known.filter((each) => each.draft).map((each) => [each.name, each] as const);
  it.each(told)("%s", (_, { draft, text }) => {
    if (!draft) throw new Error("no draft");
    expect(parse(asJobFile(draft, site))).toEqual(parse(text));
  });

  it("and makes the same job again", () => {
    const [one] = known.filter((each) => each.read?.compute.name === "runpod");
    if (!one) throw new Error("no golden file for a pod");
    const draft = readJobFile(one.text, site);
    expect(readJobFile(asJobFile(draft, site), site)).toEqual(draft);
  });
});

describe("a path of some computer in a list", () => {
  it("is refused at the field of its row, where its field matters", () => {
    const [recipe] = site.recipes.filter((each) => each.name === "diffusion-pipe");
    if (!recipe) throw new Error("no diffusion-pipe");
    const draft = readJobFile(
      [
        'recipe = "diffusion-pipe"\n[settings]\nmodel = "z_image"',
        'merge_adapters = ["hf:a/b/c.safetensors", "/mine.safetensors"]',
        'checkpoint_path = "/sdxl.safetensors"\ndiffusion_model = "/z.safetensors"',
        '[[settings.directories]]\npath = "hf:a/b"\ncontrol_path = "/c"\nmask_path = "/m"',
        '[[settings.directories]]\npath = "/mine"\n',
      ].join("\n"),
      site,
    );
    const found = localPaths(draft, recipe);
    expect(found.map(({ field }) => field).sort()).toEqual([
      "settings.diffusion_model",
      "settings.directories.0.mask_path",
      "settings.directories.1.path",
      "settings.merge_adapters.1",
    ]);
    const model = found.find(({ field }) => field === "settings.diffusion_model");
    expect(model?.next_step).toContain("Hugging Face Hub"); // and not: pick it here
    expect(model?.next_step).not.toContain("Pick");
  });
});

describe("a path of some computer", () => {
  const [piper] = site.recipes.filter((each) => each.name === "piper");
  const fields = (settings: Record<string, unknown>, compute: Record<string, unknown> = {}) => {
    if (!piper) throw new Error("no piper");
    const draft = readJobFile('recipe = "piper"', site);
    const set = {
      ...draft,
      settings: { ...draft.settings, ...settings },
      compute: { ...draft.compute, ...compute },
    };
    return localPaths(set, piper).map((each) => each.field);
  };

  it.each(["/data/voice", "~/voice", "voice", "../voice.zip", "C:\\voice"])("is %s", (dataset) => {
    expect(fields({ dataset })).toEqual(["settings.dataset"]);
  });
  it.each(["", "hf:owner/name", "https://host/x.zip", "picked:1/voice"])("isn't %j", (dataset) => {
    expect(fields({ dataset })).toEqual([]);
  });
  it("of a base isn't the name of a published one", () => {
    expect(fields({ base: "en_US/lessac/medium" })).toEqual([]);
    expect(fields({ base: "hf:owner/name" })).toEqual([]);
    expect(fields({ base: "mine.ckpt" })).toEqual(["settings.base"]);
    expect(fields({ base: "/mine.ckpt" })).toEqual(["settings.base"]);
  });
  it("of an interpreter says that a pod brings its own", () => {
    expect(fields({ trainer_python: "/usr/bin/python3" })).toEqual(["settings.trainer_python"]);
  });
  it("of an interpreter may be one of an image of one's own", () => {
    expect(fields({ trainer_python: "/opt/bin/python3" }, { image: "me/trainer" })).toEqual([]);
  });
});
