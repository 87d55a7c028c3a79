import { describe, expect, it } from "vitest";
import type { JobDraft, Profile } from "$lib/api/types";
import { cloud, here, recipe } from "$lib/form/example";
import { Draft } from "./draft.svelte";

const profile: Profile = {
  name: "work",
  title: "Work",
  secrets: [],
  defaults: {
    settings: { shapes: { speed: 0.5, shape: "round", gone: 1 }, others: { speed: 0.9 } },
    results: { repository: "me/shapes" },
  },
};

const job: JobDraft = {
  format: 1,
  recipe: "shapes",
  name: "earlier",
  settings: { source: "/data", shape: "square", corners: 7, speed: 0.3 },
  compute: { name: "local" },
  results: { repository: "", private: false },
};

function preset(): Draft {
  const draft = new Draft(recipe);
  draft.start = { kind: "preset", name: "squares" };
  return draft;
}

describe("what a draft begins with", () => {
  it("is the recipe's defaults", () => {
    const draft = new Draft(recipe);
    expect(draft.settings).toMatchObject({ source: "", shape: "round", corners: 4, limit: null });
    expect(draft.results).toEqual({ repository: "", private: true });
    expect([draft.name, draft.compute]).toEqual(["", "local"]);
  });

  it("is what a preset says, and the defaults where it says nothing else", () => {
    const draft = preset();
    expect(draft.settings).toMatchObject({ shape: "square", words: ["one"], aloud: true });
    expect(draft.name).toBe("my-square");
  });

  it("is the defaults again if the preset is gone", () => {
    const draft = new Draft(recipe);
    draft.start = { kind: "preset", name: "gone" };
    expect(draft.settings["shape"]).toBe("round");
  });

  it("is the profile's defaults, unless the preset says otherwise", () => {
    const draft = preset();
    draft.profile = profile;
    expect(draft.settings).toMatchObject({ speed: 0.5, shape: "square" });
    expect(draft.results["repository"]).toBe("me/shapes");
    expect(draft.settings).not.toHaveProperty("gone");
    expect(draft.ofProfile).toBe(2);
  });

  it("is all that a job says, whatever the profile has", () => {
    const draft = new Draft(recipe);
    draft.profile = profile;
    draft.start = { kind: "job", id: "1", job };
    expect(draft.settings).toMatchObject({ speed: 0.3, corners: 7 });
    expect(draft.results).toEqual({ repository: "", private: false });
    expect(draft.name).toBe("earlier");
  });
});

describe("what is set", () => {
  it("lies on top, can be seen as a change, and can be reset", () => {
    const draft = preset();
    draft.set("settings.shape", "round");
    expect(draft.changed("settings.shape")).toBe(true);
    expect([draft.origin("settings.shape"), draft.default("settings.shape")]).toEqual([
      "square",
      "round",
    ]);
    draft.set("settings.shape", draft.origin("settings.shape"));
    expect(draft.value("settings.shape")).toBe("square");
    expect(draft.changes).toBe(0);
  });

  it("is no change if it is as before, also in a list", () => {
    const draft = preset();
    draft.set("settings.words", ["one", "two"]);
    draft.set("settings.words", ["one"]);
    draft.name = "other";
    draft.name = "my-square";
    expect(draft.changes).toBe(0);
  });

  it("stays when it begins with something else", () => {
    const draft = preset();
    draft.set("settings.source", "/mine");
    draft.start = { kind: "defaults" };
    expect(draft.settings).toMatchObject({ source: "/mine", shape: "round" });
  });

  it("is counted, with the name and the results", () => {
    const draft = new Draft(recipe);
    draft.set("settings.source", "/mine");
    draft.set("results.private", false);
    draft.name = "one";
    expect(draft.changes).toBe(3);
  });
});

describe("the job that comes of it", () => {
  it("has every setting, under a name without spaces around it", () => {
    const draft = new Draft(recipe);
    draft.name = " one ";
    draft.set("settings.source", "/mine");
    expect(draft.job).toMatchObject({
      format: 1,
      recipe: "shapes",
      name: "one",
      compute: { name: "local" },
    });
    expect(Object.keys(draft.job.settings)).toEqual(
      draft.fields.settings.map((field) => field.name),
    );
  });

  it("leaves what doesn't matter as it began", () => {
    const draft = preset();
    draft.set("settings.corners", 0);
    expect(draft.wrong.has("settings.corners")).toBe(true);
    draft.set("settings.shape", "round");
    expect(draft.job.settings["corners"]).toBe(4);
    expect(draft.wrong.size).toBe(0);
    expect(draft.shown("settings").map((field) => field.name)).not.toContain("corners");
  });

  it("has no empty lines", () => {
    const draft = new Draft(recipe);
    draft.set("settings.words", ["", "one", ""]);
    expect(draft.job.settings["words"]).toEqual(["one"]);
    expect(draft.value("settings.words")).toEqual(["", "one", ""]); // still being written
  });

  it("says by place what its schema refuses", () => {
    const draft = new Draft(recipe);
    draft.set("settings.speed", 3);
    draft.set("results.private", "yes");
    expect([...draft.wrong.keys()]).toEqual(["settings.speed", "results.private"]);
    expect(draft.wrong.get("settings.speed")?.field).toBe("settings.speed");
  });
});

describe("where it runs", () => {
  const computes = [here, cloud];

  it("brings settings of its own, which go into the job beside its name", () => {
    const draft = new Draft(recipe, computes);
    expect([draft.fields.compute, draft.job.compute]).toEqual([[], { name: "local" }]);
    draft.compute = "cloud";
    draft.set("compute.hours", 2);
    expect(draft.job.compute).toEqual({ name: "cloud", gpus: [], hours: 2, volume: "" });
    expect([draft.changed("compute.hours"), draft.default("compute.hours")]).toEqual([true, 6]);
    expect(draft.changes).toBe(1);
  });

  it("is wrong by its own schema", () => {
    const draft = new Draft(recipe, computes);
    draft.compute = "cloud";
    draft.set("compute.hours", 0);
    expect([...draft.wrong.keys()]).toEqual(["compute.hours"]);
    draft.compute = "local";
    expect(draft.wrong.size).toBe(0);
  });

  it("keeps what was chosen for it while another is looked at", () => {
    const draft = new Draft(recipe, computes);
    draft.compute = "cloud";
    draft.set("compute.gpus", ["big"]);
    draft.compute = "local";
    expect([draft.job.compute, draft.changes]).toEqual([{ name: "local" }, 0]);
    draft.compute = "cloud";
    expect(draft.options["gpus"]).toEqual(["big"]);
  });

  it("begins as the job ran that it is made from", () => {
    const draft = new Draft(recipe, computes);
    const compute = { name: "cloud", hours: 3, gone: 1 };
    draft.start = { kind: "job", id: "1", job: { ...job, compute } };
    expect(draft.compute).toBe("cloud");
    expect(draft.options).toEqual({ gpus: [], hours: 3, volume: "" });
    draft.compute = "local";
    expect(draft.job.compute).toEqual({ name: "local" });
  });
});

describe("a saved draft", () => {
  it("has what was chosen of its compute; older ones have nothing of that", () => {
    const computes = [here, cloud];
    const draft = new Draft(recipe, computes);
    draft.compute = "cloud";
    draft.set("compute.hours", 1);
    const saved = draft.saved();
    expect(Draft.restored(recipe, saved, [], computes).job).toEqual(draft.job);
    const { options, ...older } = saved;
    expect(options).toEqual({ hours: 1 });
    expect(Draft.restored(recipe, older, [], computes).options["hours"]).toBe(6);
  });

  it("comes back as it was", () => {
    const draft = preset();
    draft.profile = profile;
    draft.name = "one";
    draft.compute = "elsewhere";
    draft.set("settings.source", "/mine");
    draft.set("results.repository", "");
    const text = JSON.stringify(draft.saved());
    const restored = Draft.restored(recipe, JSON.parse(text) as never, [profile]);
    expect(restored.job).toEqual(draft.job);
    expect(restored.profile).toBe(profile);
    expect(restored.changes).toBe(draft.changes);
  });

  it("loses what the recipe doesn't know any more, and a profile that is gone", () => {
    const saved = { ...preset().saved(), settings: { old: 1, speed: 0.1 }, profile: "gone" };
    const restored = Draft.restored(recipe, saved, []);
    expect(restored.settings).not.toHaveProperty("old");
    expect(restored.settings["speed"]).toBe(0.1);
    expect(restored.profile).toBeNull();
  });

  it("never holds a secret", () => {
    const secret = { type: "string", default: "", title: "Key", widget: "secret" };
    const properties = { ...(recipe.schema["properties"] as object), key: secret };
    const draft = new Draft({ ...recipe, schema: { ...recipe.schema, properties } });
    draft.set("settings.key", "canary");
    expect(JSON.stringify(draft.saved())).not.toContain("canary");
  });
});
