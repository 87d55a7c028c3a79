import { describe, expect, it, vi } from "vitest";
import { UnreachableError } from "../../problem";
import * as keys from "../common/keys";
import { recipeForTests, siteForTests } from "../testing/site";
import { SiteFiles, programOf, type Fetch } from "./site";

describe("the site's files", () => {
  it("are beside the page, wherever that is, and each is read once", async () => {
    const send = vi.fn<Fetch>((url) =>
      Promise.resolve(
        (url as string).endsWith("site.json")
          ? Response.json(siteForTests())
          : new Response("program\n"),
      ),
    );
    const files = new SiteFiles(send, "https://host/sub/index.html#/jobs");
    const [one, two] = await Promise.all([files.site(), files.site()]);
    expect(one).toBe(two);
    const program = { when: null, file: "programs/x.txt", bytes: 7 };
    expect(await files.program(program)).toBe("program");
    await files.program(program);
    expect(send.mock.calls.map(([url]) => url)).toEqual([
      "https://host/sub/site.json",
      "https://host/sub/programs/x.txt",
    ]);
    expect(files.address("runpod/")).toBe("https://host/sub/runpod/");
  });

  it("may be there the next time", async () => {
    const answers = [
      () => Promise.reject(new TypeError("Failed to fetch")),
      () => Promise.resolve(new Response("", { status: 500 })),
      () => Promise.resolve(Response.json(siteForTests())),
    ];
    const files = new SiteFiles(
      () => answers.shift()?.() ?? Promise.reject(new Error()),
      "https://h/",
    );
    await expect(files.site()).rejects.toThrow(UnreachableError);
    await expect(files.site()).rejects.toThrow(/HTTP 500/);
    expect((await files.site()).format).toBe(1);
  });
});

describe("the program of a job", () => {
  const recipe = {
    ...recipeForTests("piper"),
    programs: [
      { when: { language: "en-us" }, file: "en", bytes: 1 },
      { when: null, file: "any", bytes: 2 },
    ],
  };

  it("is the one for its settings, or the one for all", () => {
    expect(programOf(recipe, { language: "en-us", epochs: 3 })?.file).toBe("en");
    expect(programOf(recipe, { language: "de" })?.file).toBe("any");
    expect(programOf({ ...recipe, programs: recipe.programs.slice(0, 1) }, {})).toBeNull();
  });
});

describe("keys", () => {
  it("are held until they are forgotten, and tell of both", () => {
    const changed = vi.fn();
    const leave = keys.watch(changed);
    keys.keep("HF_TOKEN", "hf_0123456789abcdefghij");
    expect(keys.some(["HF_TOKEN", "HF_READ_TOKEN"])).toEqual({
      HF_TOKEN: "hf_0123456789abcdefghij",
    });
    expect(keys.ending("HF_TOKEN")).toBe("ghij");
    keys.keep("HF_READ_TOKEN", "short");
    expect(keys.ending("HF_READ_TOKEN")).toBeNull();
    keys.forget("HF_TOKEN");
    keys.forget("HF_TOKEN");
    keys.forgetAll();
    keys.forgetAll();
    expect(changed).toHaveBeenCalledTimes(4);
    leave();
    keys.keep("HF_TOKEN", "x");
    keys.forgetAll();
    expect(changed).toHaveBeenCalledTimes(4);
  });

  it("leave nothing in any storage of the browser", () => {
    keys.keep("RUNPOD_API_KEY", "rpa_canary");
    expect(
      JSON.stringify([localStorage, sessionStorage, document.cookie, location.href]),
    ).not.toContain("canary");
    keys.forgetAll();
  });
});
