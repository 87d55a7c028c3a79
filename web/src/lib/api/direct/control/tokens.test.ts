// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import * as keys from "../common/keys";
import { TestHub } from "../testing/hub";
import { siteForTests } from "../testing/site";
import { secretCalls } from "./tokens";

vi.setConfig({ testTimeout: 30_000 });

let hub: TestHub;
let secrets: ReturnType<typeof secretCalls>;

beforeEach(async () => {
  hub = await TestHub.start();
  const site = siteForTests({ hub: hub.address });
  const load = vi.fn().mockResolvedValue({ site }); // all that a token of the Hub needs
  secrets = secretCalls(load, (...words) => fetch(...words));
  hub.tokens.set("hf_reads", { owner: "me" });
  hub.tokens.set("hf_writes", { owner: "me", writes: true });
  hub.add("datasets/me/clips", {}, { private: true });
  hub.add("models/me/voice", {});
  hub.add("models/other/voice", {});
});
afterEach(async () => {
  keys.forgetAll();
  await hub.close();
});

const tried = async (name: string, value: string, repository?: string) => {
  const what = repository === undefined ? { value } : { value, repository };
  const { ok, sentences } = await secrets.testSecret(name, what);
  return [ok, ...sentences.slice(1)];
};

describe("a token of the Hub", () => {
  it("is what the Hub says of it", async () => {
    expect(await tried("HF_TOKEN", "hf_writes")).toEqual([true, "It may read and write to me."]);
    expect(await tried("HF_WRITE_TOKEN", "hf_reads")).toEqual([
      false,
      "It may read all that me may, and write nothing.",
    ]);
    expect(await secrets.testSecret("HF_TOKEN", { value: "hf_old" })).toMatchObject({ ok: false });
  });

  it("can be tried on a repository", async () => {
    expect(await tried("HF_READ_TOKEN", "hf_reads", "me/clips")).toEqual([
      true,
      "It may read all that me may, and write nothing.",
      "This token may read the dataset me/clips.",
    ]);
    const both = "This token may read and write to the model me/voice.";
    expect((await tried("HF_WRITE_TOKEN", "hf_writes", "hf:me/voice")).slice(2)).toEqual([both]);
    expect((await tried("HF_TOKEN", "hf_writes", "me/voice")).slice(2)).toEqual([both]);
  });

  it.each([
    ["HF_WRITE_TOKEN", "hf_reads", "me/voice", "This token may read the model me/voice."],
    ["HF_WRITE_TOKEN", "hf_writes", "other/voice", "This token may read the model other/voice."],
    [
      "HF_READ_TOKEN",
      "hf_reads",
      "me/none",
      "The Hub has not got the dataset me/none, or this token may not see it.",
    ],
  ])("%s %s fails on %s", async (name, value, repository, sentence) => {
    const [ok, , said] = await tried(name, value, repository);
    expect([ok, said]).toEqual([false, sentence]);
  });

  it("may make what there is not", async () => {
    const found = await tried("HF_WRITE_TOKEN", "hf_writes", "me/new");
    expect([found[0], found[2]]).toEqual([
      true,
      "The Hub has not got the model me/new yet: this token may make it.",
    ]);
  });

  it("isn't tried on what is no repository", async () => {
    const asked = secrets.testSecret("HF_TOKEN", { value: "hf_reads", repository: "me" });
    expect(await asked).toMatchObject({ ok: false });
  });

  it("may be fine where the Hub can't be asked, or has trouble", async () => {
    hub.on("GET /api/whoami-v2", () => ({ status: 503 }));
    expect(await secrets.testSecret("HF_TOKEN", { value: "hf_reads" })).toMatchObject({ ok: null });
    hub.on("GET /api/whoami-v2", () => (response) => response.destroy());
    expect(await secrets.testSecret("HF_TOKEN", { value: "hf_reads" })).toMatchObject({ ok: null });
  });

  it("is kept where the Hub knows it, and only there", async () => {
    await secrets.keepSecret("HF_TOKEN", " hf_reads ", "memory");
    expect(keys.key("HF_TOKEN")).toBe("hf_reads");
    await expect(secrets.keepSecret("HF_TOKEN", "hf_old", "memory")).rejects.toMatchObject({
      code: "token",
    });
    expect(keys.key("HF_TOKEN")).toBe("hf_reads");
  });
});
