import { beforeEach, describe, expect, it, vi } from "vitest";
import { questions } from "./questions.svelte";

const { choose, heard, site } = vi.hoisted(() => ({
  choose: vi.fn<(way: "direct" | "pass" | null) => void>(),
  heard: {} as {
    way: (way: "direct" | "pass" | null) => void;
    ask: (host: string) => Promise<boolean>;
  },
  site: { hosts: { runpod: "https://api.runpod.io", pass: "runpod/" } },
}));
vi.mock("$lib/api/direct", () => ({
  onAsk: (ask: typeof heard.ask) => (heard.ask = ask),
  watchWay: (way: typeof heard.way) => (heard.way = way),
  siteFiles: { site: () => Promise.resolve(site) },
  ways: () => Promise.resolve({ choose }),
}));

const { keyWay } = await import("./way.svelte");

beforeEach(async () => {
  choose.mockClear();
  heard.way(null);
  await vi.waitFor(() => {
    expect(keyWay.runpod).toBe("api.runpod.io");
  });
});

describe("the way of keys", () => {
  it("is said as it is now", () => {
    expect(keyWay.words).toBe("Your key goes from this page straight to api.runpod.io.");
    heard.way("direct");
    expect(keyWay.words).toBe("Your key goes straight to api.runpod.io.");
    heard.way("pass");
    expect(keyWay.words).toContain(`goes through ${location.host} to api.runpod.io`);
  });

  it("through another host is asked about, in plain words", async () => {
    const answer = heard.ask("site.example");
    expect(questions.current?.text).toContain("Your key would travel through site.example");
    questions.answer(true);
    expect(await answer).toBe(true);
  });

  it("can be chosen, until all is forgotten", async () => {
    await keyWay.choose("pass");
    expect(choose).toHaveBeenCalledExactlyOnceWith("pass");
    heard.way("pass");
    expect(keyWay.chosen).toBe("pass");
    heard.way(null);
    expect(keyWay.chosen).toBe("usual");
  });

  it("is asked about again only by who tries again, before any is known", async () => {
    await keyWay.again();
    expect(choose).toHaveBeenCalledExactlyOnceWith(null);
    heard.way("direct");
    await keyWay.again();
    expect(choose).toHaveBeenCalledOnce();
  });
});
