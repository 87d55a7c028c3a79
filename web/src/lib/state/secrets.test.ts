import { describe, expect, it, vi } from "vitest";
import type { SecretView } from "$lib/api/types";
import { possible, Secrets, takesRepository } from "./secrets.svelte";

const unset: SecretView = {
  name: "HF_TOKEN",
  about: "",
  jobs: true,
  keeper: null,
  ending: null,
  own: false,
  covered: null,
  keeps: ["memory", "file"],
};

function control(views: SecretView[] = [unset]) {
  return {
    secrets: vi.fn().mockResolvedValue(views),
    keepSecret: vi.fn().mockResolvedValue(undefined),
    removeSecret: vi.fn().mockResolvedValue(undefined),
    testSecret: vi.fn().mockResolvedValue({ ok: true, sentences: ["It can."], next_step: "" }),
  };
}

describe("Secrets", () => {
  it("asks as its profile sees them", async () => {
    const calls = control();
    const secrets = new Secrets(calls, "work");
    expect(secrets.views).toBeUndefined();
    await secrets.look();
    expect(calls.secrets).toHaveBeenCalledWith("work", undefined);
    expect(secrets.views).toEqual([unset]);
  });

  it("keeps what was heard when a look fails, and says why", async () => {
    const calls = control();
    const secrets = new Secrets(calls);
    await secrets.look();
    calls.secrets.mockRejectedValueOnce(new Error("gone"));
    await secrets.look();
    expect(secrets.views).toEqual([unset]);
    expect(secrets.failure?.message).toBe("gone");
    await secrets.look();
    expect(secrets.failure).toBeUndefined();
  });

  it("is silent about a look that was ended", async () => {
    const calls = control();
    const secrets = new Secrets(calls);
    calls.secrets.mockRejectedValueOnce(new Error("ended"));
    await secrets.look(AbortSignal.abort());
    expect(secrets.failure).toBeUndefined();
  });

  it("keeps for its profile and looks again, and holds no value itself", async () => {
    const calls = control();
    const secrets = new Secrets(calls, "work");
    await secrets.keep("HF_TOKEN", "canary", "file");
    expect(calls.keepSecret).toHaveBeenCalledWith("HF_TOKEN", "canary", "file", "work");
    expect(calls.secrets).toHaveBeenCalledOnce();
    expect(JSON.stringify(secrets.views)).not.toContain("canary");
  });

  it("passes on why a value was refused, and changes nothing", async () => {
    const calls = control();
    const secrets = new Secrets(calls);
    calls.keepSecret.mockRejectedValueOnce(new Error("no keyring"));
    await expect(secrets.keep("HF_TOKEN", "x", "keyring")).rejects.toThrow("no keyring");
    expect(calls.secrets).not.toHaveBeenCalled();
  });

  it("forgets and tests for its profile", async () => {
    const calls = control();
    const secrets = new Secrets(calls, "work");
    await secrets.forget("HF_TOKEN");
    expect(calls.removeSecret).toHaveBeenCalledWith("HF_TOKEN", "work");
    await secrets.test("HF_TOKEN", { value: "x", repository: "a/b" });
    expect(calls.testSecret).toHaveBeenCalledWith(
      "HF_TOKEN",
      { value: "x", repository: "a/b", profile: "work" },
      undefined,
    );
  });
});

describe("what is possible", () => {
  it("with nothing: to set it", () => {
    expect(possible(unset)).toEqual({ set: true, forget: false, test: false });
  });

  it("with a value that is kept: everything", () => {
    expect(possible({ ...unset, keeper: "file" })).toEqual({ set: true, forget: true, test: true });
  });

  it("with one of the environment: only to test it", () => {
    const secret: SecretView = { ...unset, keeper: "environment" };
    expect(possible(secret)).toEqual({ set: false, forget: false, test: true });
  });

  it("with another that is used in its place: to set and to test", () => {
    const secret: SecretView = { ...unset, covered: "HF_TOKEN" };
    expect(possible(secret)).toEqual({ set: true, forget: false, test: true });
  });

  it("in a profile: to forget its own alone, also one that is gone", () => {
    const common: SecretView = { ...unset, keeper: "environment" };
    expect(possible(common, "work")).toEqual({ set: true, forget: false, test: true });
    const gone: SecretView = { ...unset, own: true };
    expect(possible(gone, "work")).toEqual({ set: true, forget: true, test: false });
  });

  it("to try on a repository: the Hub's", () => {
    expect(["HF_TOKEN", "RUNPOD_API_KEY"].map(takesRepository)).toEqual([true, false]);
  });
});
