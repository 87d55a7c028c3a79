import { describe, expect, it, vi } from "vitest";
import type { Profile, ProfileDefaults } from "$lib/api/types";
import { countDefaults, Profiles } from "./profiles.svelte";

const work: Profile = {
  name: "work",
  title: "Work",
  secrets: ["HF_TOKEN"],
  defaults: { settings: { piper: { epochs: 100 } }, results: {} },
};

function control(all: Profile[] = [work]) {
  return {
    profiles: vi.fn().mockResolvedValue(all),
    keepProfile: vi.fn(
      (name: string, given: { title?: string; defaults?: ProfileDefaults }): Promise<Profile> =>
        Promise.resolve({
          name,
          title: given.title ?? "",
          secrets: [],
          defaults: given.defaults ?? {},
        }),
    ),
    removeProfile: vi.fn().mockResolvedValue(undefined),
  };
}

async function heard(all?: Profile[]) {
  const calls = control(all);
  const profiles = new Profiles(calls);
  await profiles.look();
  return { calls, profiles };
}

describe("Profiles", () => {
  it("knows one by its name", async () => {
    const { profiles } = await heard();
    expect(profiles.get("work")).toEqual(work);
    expect(profiles.get("home")).toBeUndefined();
  });

  it("keeps what was heard when a look fails", async () => {
    const { calls, profiles } = await heard();
    calls.profiles.mockRejectedValueOnce(new Error("gone"));
    await profiles.look();
    expect(profiles.all).toEqual([work]);
    expect(profiles.failure?.message).toBe("gone");
  });

  it("makes a new one without defaults, in its place among the others", async () => {
    const { calls, profiles } = await heard();
    await profiles.keep("home", "Home");
    expect(calls.keepProfile).toHaveBeenCalledWith("home", {
      title: "Home",
      defaults: { settings: {}, results: {} },
    });
    expect(profiles.all?.map((profile) => profile.name)).toEqual(["home", "work"]);
  });

  it("changes a title and leaves the defaults", async () => {
    const { calls, profiles } = await heard();
    await profiles.keep("work", "The firm");
    expect(calls.keepProfile).toHaveBeenCalledWith("work", {
      title: "The firm",
      defaults: work.defaults,
    });
    expect(profiles.get("work")?.title).toBe("The firm");
    expect(profiles.all).toHaveLength(1);
  });

  it("passes on why one can't be removed, and keeps it", async () => {
    const { calls, profiles } = await heard();
    calls.removeProfile.mockRejectedValueOnce(new Error("in use"));
    await expect(profiles.remove("work")).rejects.toThrow("in use");
    expect(profiles.all).toEqual([work]);
    await profiles.remove("work");
    expect(profiles.all).toEqual([]);
  });
});

describe("a name for a title", () => {
  it.each([
    ["My work", "my-work"],
    ["  Étude №1!  ", "etude-no1"],
    ["家", ""],
    ["x".repeat(60), "x".repeat(40)],
    ["Work", "work-2"],
  ])("%s", async (title, name) => {
    const { profiles } = await heard();
    expect(profiles.nameFor(title)).toBe(name);
  });

  it("stays short enough when it gets a number", async () => {
    const long = "x".repeat(40);
    const { profiles } = await heard([{ ...work, name: long }]);
    expect(profiles.nameFor(long)).toBe(`${"x".repeat(38)}-2`);
  });
});

it("counts defaults of all recipes, and of results", () => {
  const defaults = {
    settings: { piper: { epochs: 1, seed: 2 }, other: { a: 1 } },
    results: { repository: "a/b" },
  };
  expect(countDefaults(defaults)).toBe(4);
  expect(countDefaults({})).toBe(0);
});
