// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProblemError } from "../../problem";
import { begin, end, is, running, viewOf, visit } from "../testing/jobs";
import { jsonOf } from "../testing/server";
import { WAITS, until } from "../testing/visit";
import * as keys from "./keys";

beforeEach(() => begin());
afterEach(end);

describe("keys", () => {
  it("are tried before they are kept, and stay in memory alone", async () => {
    const { control, runpod } = visit;
    keys.forgetAll();
    await expect(control.keepSecret("RUNPOD_API_KEY", "rpa_wrong", "memory")).rejects.toThrow(
      /doesn’t know this key/,
    );
    expect(keys.has("RUNPOD_API_KEY")).toBe(false);
    await control.keepSecret("RUNPOD_API_KEY", ` ${runpod.key}\n`, "memory");
    expect(await control.testSecret("RUNPOD_API_KEY")).toMatchObject({ ok: true });
    const views = await control.secrets();
    expect(views.find(({ name }) => name === "RUNPOD_API_KEY")).toMatchObject({
      keeper: "memory",
      keeps: ["memory"],
      jobs: false,
    });
    expect(JSON.stringify(views)).not.toContain("rpa_canary");
    expect(await control.testSecret("RUNPOD_API_KEY", { value: "rpa_wrong" })).toMatchObject({
      ok: false,
    });
    await control.removeSecret("RUNPOD_API_KEY");
    expect(keys.has("RUNPOD_API_KEY")).toBe(false);
    await expect(control.testSecret("RUNPOD_API_KEY")).rejects.toMatchObject({ code: "no-secret" });
  });

  it("that expire are told of until another is given, and no job is forgotten", async () => {
    const told: boolean[] = [];
    const leave = keys.watch(() => told.push(keys.isRefused("RUNPOD_API_KEY")));
    const id = await running();
    visit.runpod.key = "rpa_another";
    expect((await visit.control.jobs()).jobs.map((row) => row.id)).toEqual([id]);
    await until(
      () => told,
      ([refused]) => refused === true,
    );
    visit.runpod.face.to({ state: "training" });
    await until(viewOf(id), is("training")); // by the pod's own token
    await visit.control.keepSecret("RUNPOD_API_KEY", "rpa_another", "memory");
    expect(told).toEqual([true, false]);
    expect((await visit.control.pods()).problem).toBeNull();
    leave();
  });

  it("are found to have expired while nobody asks for pods", async () => {
    await visit.close();
    await begin({ waits: { ...WAITS, around: 10 } });
    await running();
    visit.runpod.key = "rpa_another";
    await until(() => keys.isRefused("RUNPOD_API_KEY"), Boolean);
    visit.runpod.key = "rpa_canary"; // it was RunPod's own mistake
    await until(
      () => keys.isRefused("RUNPOD_API_KEY"),
      (refused) => !refused,
    );
  });

  it("that are only tried say nothing of the one that is held", async () => {
    const tried = await visit.control.testSecret("RUNPOD_API_KEY", { value: "rpa_wrong" });
    expect([tried.ok, keys.isRefused("RUNPOD_API_KEY")]).toEqual([false, false]);
  });

  it("of the Hub say whose they are and what they may", async () => {
    const { control, server } = visit;
    const who = (accessToken: object) => ({ json: { name: "me", auth: { accessToken } } });
    server.on("GET /hub/api/whoami-v2", () => who({ role: "read" }));
    await control.keepSecret("HF_TOKEN", "hf_canary", "memory");
    expect(await control.testSecret("HF_TOKEN")).toMatchObject({ ok: true });
    await expect(control.keepSecret("HF_WRITE_TOKEN", "hf_x", "memory")).rejects.toThrow(/nothing/);
    const scoped = [{ entity: { name: "me/voice" }, permissions: ["repo.write"] }];
    server.on("GET /hub/api/whoami-v2", () =>
      who({ role: "fineGrained", fineGrained: { scoped } }),
    );
    const { ok, sentences } = await control.testSecret("HF_WRITE_TOKEN", { value: "hf_x" });
    expect([ok, sentences.at(-1)]).toEqual([true, "It may write to me/voice."]);
    server.on("GET /hub/api/whoami-v2", () => ({ status: 401 }));
    await expect(control.keepSecret("HF_READ_TOKEN", "hf_y", "memory")).rejects.toThrow(
      ProblemError,
    );
    const covered = (await control.secrets()).find(({ name }) => name === "HF_READ_TOKEN");
    expect(covered).toMatchObject({ keeper: null, covered: "HF_TOKEN" });
  });

  it("that rent take what they opened with them", async () => {
    await running();
    await visit.control.removeSecret("RUNPOD_API_KEY");
    expect((await visit.control.jobs()).total).toBe(0);
    await visit.control.keepSecret("RUNPOD_API_KEY", visit.runpod.key, "memory");
    expect((await visit.control.jobs()).total).toBe(1);
  });

  it("are forgotten with all jobs, and pods go on", async () => {
    await running();
    await visit.control.forget();
    expect(keys.has("RUNPOD_API_KEY")).toBe(false);
    expect((await visit.control.jobs()).total).toBe(0);
    expect(visit.runpod.pods.size).toBe(1);
  });
});

it("never sends the key to anybody but RunPod", async () => {
  await running();
  const others = visit.server.asked.filter(({ path }) => !/^\/(v2|graphql)/.test(path));
  expect(others.length).toBeGreaterThan(0);
  for (const asked of others) {
    expect(asked.headers.authorization ?? "").not.toContain("rpa_canary");
    expect(asked.path + asked.query.toString()).not.toContain("canary");
  }
  const [made] = visit.server.asked.filter(({ method, path }) => method + path === "POST/v2/pods");
  expect(made && JSON.stringify(jsonOf(made))).not.toContain("rpa_canary");
});
