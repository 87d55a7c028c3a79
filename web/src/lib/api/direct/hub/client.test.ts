// @vitest-environment node

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TestHub } from "../testing/hub";
import { Hub, HubAway, HubRefused, type Repository } from "./client";

vi.setConfig({ testTimeout: 30_000 });

const CLIPS: Repository = { kind: "dataset", name: "me/clips" };
const send: typeof fetch = (...words) => fetch(...words);

let hub: TestHub;

beforeEach(async () => {
  hub = await TestHub.start();
  hub.tokens.set("hf_mine", { owner: "me" });
});
afterEach(() => hub.close());

const asking = (token?: string, patience?: number) => new Hub(hub.address, send, token, patience);

describe("the Hub", () => {
  it("says what a repository is", async () => {
    hub.add("datasets/me/clips", {}, { private: true });
    const { private: closed, gated, commit } = await asking("hf_mine").info(CLIPS, "");
    expect([closed, gated, commit.length]).toEqual([true, false, 40]);
    expect(await asking("hf_mine").info(CLIPS, "v1")).toMatchObject({ private: true });
  });

  it("lists files page after page, and no more than are wanted", async () => {
    const names = [...Array(10).keys()].map((n) => `wavs/${n}.wav`);
    hub.add("datasets/me/clips", Object.fromEntries(names.map((name) => [name, "sound"])));
    const all = await asking().files(CLIPS, "main", 100);
    expect(all).toEqual({ files: names.map((path) => ({ path, bytes: 5 })), whole: true });
    const some = await asking().files(CLIPS, "main", 4);
    expect([some.files.length, some.whole]).toEqual([5, false]);
  });

  it("isn't followed to a list elsewhere", async () => {
    hub.add("datasets/me/clips", {});
    const Link = '<https://elsewhere.example/api?cursor=1>; rel="next"';
    hub.on("GET /api/datasets/me/clips/tree/*", () => ({ json: [], headers: { Link } }));
    await expect(asking("hf_mine").files(CLIPS, "main", 100)).rejects.toThrow(HubAway);
  });

  it("tells of one file", async () => {
    hub.add("datasets/me/clips", { "a b.ckpt": "12345" });
    expect(await asking().file(CLIPS, "main", "a b.ckpt")).toEqual({ path: "a b.ckpt", bytes: 5 });
    expect(await asking().file(CLIPS, "main", "b.ckpt")).toBeNull();
  });

  it("gives a file's first bytes, small or empty ones whole", async () => {
    hub.add("datasets/me/clips", {
      "metadata.csv": "0123456789",
      "ä #1.csv": "x",
      "empty.csv": "",
    });
    const text = async (path: string, most: number) =>
      new TextDecoder().decode(await asking().beginning(CLIPS, "main", path, most));
    expect(await text("metadata.csv", 4)).toBe("0123");
    expect(await text("metadata.csv", 10)).toBe("0123456789");
    expect(await text("metadata.csv", 4096)).toBe("0123456789");
    expect(await text("ä #1.csv", 4096)).toBe("x");
    expect(await text("empty.csv", 4096)).toBe("");
  });

  it("may send all of it: no more than is wanted is kept", async () => {
    hub.add("datasets/me/clips", {});
    hub.on("GET /datasets/me/clips/resolve/main/metadata.csv", () => ({ body: "x".repeat(1e6) }));
    expect(await asking().beginning(CLIPS, "main", "metadata.csv", 100)).toHaveLength(100);
  });
});

describe("the token", () => {
  it("goes to the Hub, and not on to where a large file lies", async () => {
    hub.add("datasets/me/clips", { "large.csv": "1|One." }, { private: true });
    const found = await asking("hf_mine").beginning(CLIPS, "main", "large.csv", 4);
    expect(new TextDecoder().decode(found)).toBe("1|On");
    expect(hub.asked.map(({ headers }) => headers.authorization)).toEqual(["Bearer hf_mine"]);
    const [stored] = hub.askedOfStore;
    expect(stored?.headers).not.toHaveProperty("authorization");
    expect(JSON.stringify([stored?.headers, stored?.path])).not.toContain("hf_mine");
  });

  it("is in no address, and nothing else of the browser's goes along", async () => {
    hub.add("datasets/me/clips", { "metadata.csv": "1|One." });
    const seen: RequestInit[] = [];
    const spy: typeof fetch = (where, init) => {
      seen.push(init ?? {});
      expect(new Request(where).url).not.toContain("hf_mine");
      return fetch(where, init);
    };
    await new Hub(hub.address, spy, "hf_mine").file(CLIPS, "main", "metadata.csv");
    const kept = { credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" };
    expect(seen).toEqual([expect.objectContaining(kept)]);
  });
});

describe("a refusal", () => {
  const codeOf = async (asked: Promise<unknown>) => {
    const error = await asked.catch((reason: unknown) => reason);
    return error instanceof HubRefused
      ? [error.status, error.code, error.said, error.withToken]
      : error;
  };

  it("has the Hub's own words", async () => {
    hub.add("datasets/me/clips", {}, { gated: true });
    hub.tokens.set("hf_other", { owner: "other" });
    const missing = { ...CLIPS, name: "me/none" };
    const unseen = ["RepoNotFound", "Repository not found"];
    expect(await codeOf(asking().info(missing, ""))).toEqual([401, ...unseen, false]);
    expect(await codeOf(asking("hf_mine").info(missing, ""))).toEqual([404, ...unseen, true]);
    const gated = ["GatedRepo", "Access is restricted"];
    expect(await codeOf(asking("hf_other").may("read", CLIPS))).toEqual([403, ...gated, true]);
    const revision = ["RevisionNotFound", "Invalid rev id: v2"];
    expect(await codeOf(asking().info(CLIPS, "v2"))).toEqual([404, ...revision, false]);
    expect(await codeOf(asking("hf_bad").info(CLIPS, ""))).toEqual([
      401,
      "",
      "Invalid credentials in Authorization header",
      true,
    ]);
  });

  it("of a broken host has none", async () => {
    hub.on("GET /api/datasets/me/clips", () => ({ status: 502, body: "<html>" }));
    expect(await codeOf(asking().info(CLIPS, ""))).toEqual([502, "", "", false]);
  });
});

describe("no answer", () => {
  it("comes from a host that isn't there, or doesn't let a page read", async () => {
    const barred: typeof fetch = () => Promise.reject(new TypeError("Failed to fetch"));
    await expect(new Hub("https://hub.example", barred).whoami()).rejects.toMatchObject({
      name: "HubAway",
      host: "hub.example",
    });
  });

  it("comes in time", async () => {
    hub.on("GET /api/whoami-v2", () => () => undefined); // never answers
    await expect(asking(undefined, 50).whoami()).rejects.toThrow(HubAway);
  });

  it("breaks off in the middle", async () => {
    hub.on("GET /api/whoami-v2", () => (response) => {
      response.writeHead(200, { "Content-Length": 100 });
      response.write("{", () => response.destroy());
    });
    await expect(asking().whoami()).rejects.toThrow(HubAway);
  });

  it("is waited for by nobody who went away", async () => {
    const gone = new AbortController();
    hub.on("GET /api/whoami-v2", () => () => {
      gone.abort();
    });
    await expect(asking().whoami(gone.signal)).rejects.toMatchObject({ name: "AbortError" });
  });
});
