import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProblemError } from "$lib/api/problem";
import type { Problem, Profile, ProfileDefaults } from "$lib/api/types";
import { type FormField, readFields } from "$lib/form/schema";
import { Profiles } from "$lib/state/profiles.svelte";
import { DefaultsDraft } from "./defaults.svelte";

const fields = readFields({
  properties: {
    epochs: { type: "integer", title: "Epochs", default: 500 },
    seed: { type: "integer", title: "Seed", default: 1 },
    repository: { type: "string", title: "Repository", default: "" },
  },
});
const [epochs, seed, repository] = fields as [FormField, FormField, FormField];

const work: Profile = {
  name: "work",
  title: "Work",
  secrets: [],
  defaults: { settings: { piper: { epochs: 100 } }, results: {} },
};

const refused: Problem = {
  sentence: "Too many.",
  code: "most",
  field: "defaults.settings.piper.epochs",
  next_step: "",
  severity: "error",
  place: "",
};

async function begin() {
  const keepProfile = vi.fn(
    (name: string, given: { title?: string; defaults?: ProfileDefaults }): Promise<Profile> =>
      Promise.resolve({
        name,
        title: given.title ?? "",
        secrets: [],
        defaults: given.defaults ?? {},
      }),
  );
  const profiles = new Profiles({
    profiles: () => Promise.resolve([work]),
    keepProfile,
    removeProfile: () => Promise.resolve(),
  });
  await profiles.look();
  return { draft: new DefaultsDraft("work", profiles), keepProfile };
}

function kept(call: Awaited<ReturnType<typeof begin>>["keepProfile"]): ProfileDefaults | undefined {
  return call.mock.lastCall?.[1].defaults;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("values", () => {
  it("are the profile's own, else the recipe's", async () => {
    const { draft } = await begin();
    expect(draft.value("settings.piper", epochs)).toBe(100);
    expect(draft.value("settings.piper", seed)).toBe(1);
    expect(draft.has("settings.piper", "epochs")).toBe(true);
    expect(draft.has("settings.piper", "seed")).toBe(false);
    expect(draft.recipes).toEqual(["piper"]);
  });

  it("that are the recipe's own again are no defaults any more", async () => {
    const { draft, keepProfile } = await begin();
    draft.set("settings.piper", epochs, 500);
    expect(draft.has("settings.piper", "epochs")).toBe(false);
    expect(draft.recipes).toEqual([]);
    await draft.keep();
    expect(kept(keepProfile)).toEqual({ settings: {}, results: {} });
  });
});

describe("keeping", () => {
  it("waits for a rest, and sends all at once under the same title", async () => {
    const { draft, keepProfile } = await begin();
    draft.set("settings.piper", seed, 7);
    draft.set("results", repository, "a/b");
    expect(draft.standing).toBe("changed");
    expect(keepProfile).not.toHaveBeenCalled();
    await vi.runAllTimersAsync();
    expect(keepProfile).toHaveBeenCalledOnce();
    expect(keepProfile.mock.lastCall).toEqual([
      "work",
      {
        title: "Work",
        defaults: { settings: { piper: { epochs: 100, seed: 7 } }, results: { repository: "a/b" } },
      },
    ]);
    expect(draft.standing).toBe("kept");
  });

  it("is done once, and not at all without a change", async () => {
    const { draft, keepProfile } = await begin();
    await draft.keep();
    expect(keepProfile).not.toHaveBeenCalled();
    draft.set("settings.piper", seed, 7);
    await draft.keep();
    await vi.runAllTimersAsync();
    expect(keepProfile).toHaveBeenCalledOnce();
  });

  it("keeps what changes meanwhile after it", async () => {
    const { draft, keepProfile } = await begin();
    draft.set("settings.piper", seed, 7);
    const keeping = draft.keep();
    draft.set("settings.piper", seed, 8);
    await keeping;
    expect(draft.standing).toBe("changed");
    await vi.runAllTimersAsync();
    expect(kept(keepProfile)?.settings?.["piper"]?.["seed"]).toBe(8);
    expect(draft.standing).toBe("kept");
  });
});

describe("what was refused", () => {
  async function refuse() {
    const begun = await begin();
    const details = { type: "", title: "", status: 422, detail: "", code: "", field: "" };
    begun.keepProfile.mockRejectedValueOnce(
      new ProblemError({ ...details, next_step: "", problems: [refused] }),
    );
    begun.draft.set("settings.piper", epochs, 1e9);
    await begun.draft.keep();
    return begun;
  }

  it("is said at its field", async () => {
    const { draft } = await refuse();
    expect(draft.standing).toBe("refused");
    expect(draft.problems("settings.piper", "epochs")).toEqual([refused]);
    expect(draft.problems("settings.piper", "seed")).toEqual([]);
    expect(draft.problems("results", "epochs")).toEqual([]);
    expect(draft.problems()).toEqual([refused]);
  });

  it("is forgotten as soon as its field changes, and tried again", async () => {
    const { draft } = await refuse();
    draft.set("settings.piper", epochs, 200);
    expect(draft.problems()).toEqual([]);
    await vi.runAllTimersAsync();
    expect(draft.standing).toBe("kept");
  });
});

it("drops what a recipe that is gone has left", async () => {
  const { draft, keepProfile } = await begin();
  draft.drop("settings.piper");
  await vi.runAllTimersAsync();
  expect(kept(keepProfile)).toEqual({ settings: {}, results: {} });
});
