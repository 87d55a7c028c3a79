// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProblemError } from "../../problem";
import * as keys from "../common/keys";
import { begin, draftOf, end, is, viewOf, visit } from "../testing/jobs";
import { until } from "../testing/visit";

beforeEach(() => begin());
afterEach(end);

describe("before anything is rented", () => {
  it("a plan shows offers, limits and the request, with stars for secrets", async () => {
    keys.keep("HF_TOKEN", "hf_canary_token_of_mine");
    const planned = await visit.control.plan(draftOf());
    expect(planned.job.compute).toMatchObject({ max_hours: 6 });
    expect(planned.steps.at(-1)).toMatchObject({ name: "push" });
    expect(planned.steps.at(-1)?.secrets).toMatchObject([{ name: "HF_WRITE_TOKEN", held: true }]);
    expect(planned.remote).toMatchObject({ source: "live", confirm: "", problem: null });
    expect(planned.remote?.request).toMatchObject({ cloud: "COMMUNITY" });
    expect(JSON.stringify(planned)).not.toContain("canary");
    expect(planned.toml).toContain("[compute]");
    expect(visit.runpod.made).toEqual([]);
  });

  it("a plan says which secrets a script asks for, and who holds them", async () => {
    keys.keep("HF_TOKEN", "hf_canary_token_of_mine");
    const settings = { script: "#!/bin/sh", secrets: ["MINE=HF_READ_TOKEN", "WANDB_API_KEY"] };
    const planned = await visit.control.plan(draftOf({ recipe: "script", settings, results: {} }));
    expect(planned.steps.map(({ name, secrets }) => [name, secrets])).toEqual([
      ["script", []],
      [
        "train",
        [
          { name: "HF_READ_TOKEN", required: true, held: true },
          { name: "WANDB_API_KEY", required: true, held: false },
        ],
      ],
      ["collect", []],
    ]);
  });

  it("a table does for prices without a key, or with one that is refused", async () => {
    visit.runpod.key = "another";
    const { source, problem } = await visit.control.offers(draftOf());
    expect([source, problem?.code]).toEqual(["table", "runpod-key"]);
    keys.forgetAll();
    const told = await visit.control.offers(draftOf());
    expect([told.source, told.problem]).toEqual(["table", null]);
    expect(told.date).not.toBe("");
    expect(told.limits).toContain("Ends itself after 6 h or $5.00");
  });

  it("a check says what is wrong, and what only the pod can look at", async () => {
    const found = await visit.control.check(
      draftOf({
        settings: { dataset: "/data/voice" },
        results: { repository: "voice", folder: "/x" },
      }),
    );
    const fields = found.problems.map(({ field }) => field);
    expect(fields).toEqual(["settings.dataset", "results.repository", "results.folder"]);
    expect(found.ok).toBe(false);
    expect(found.not_checked).toHaveLength(1);
    expect((await visit.control.check(draftOf())).ok).toBe(true);
    const long = draftOf({ settings: { dataset: `hf:${"x".repeat(30_000)}` } });
    expect((await visit.control.check(long)).problems[0]?.code).toBe("job-too-large");
  });

  it("nothing starts without a key, or with what is wrong", async () => {
    const wrong = draftOf({ settings: { dataset: "/data" } });
    await expect(visit.control.create(wrong)).rejects.toThrow(ProblemError);
    keys.forgetAll();
    await expect(visit.control.create(draftOf())).rejects.toMatchObject({ code: "no-runpod-key" });
    expect(visit.runpod.made).toEqual([]);
  });

  it("nothing is rented for a job that its pod could only end for want of a token", async () => {
    keys.forget("HF_TOKEN");
    const refused = await visit.control.create(draftOf()).catch((error: unknown) => error);
    if (!(refused instanceof ProblemError)) throw refused;
    expect(refused.problems).toMatchObject([
      { code: "secret-missing", field: "results.repository" },
    ]);
    const settings = { script: "#!/bin/sh", secrets: ["MINE=WANDB_API_KEY"] };
    const script = draftOf({ recipe: "script", settings, results: {} });
    const other = await visit.control.create(script).catch((error: unknown) => error);
    if (!(other instanceof ProblemError)) throw other;
    expect(other.problems).toMatchObject([{ code: "secret-missing", field: "settings.secrets" }]);
    expect(visit.runpod.made).toEqual([]);
  });

  it("nothing is rented for what the Hub refuses, at its field, also of a resume", async () => {
    const { server, control } = visit;
    const missing = { status: 404, json: { error: "Repository not found" } };
    server.on("GET /hub/api/datasets/*", () => missing);
    server.on("GET /hub/api/models/*", () => missing);
    const read = { name: "me", auth: { accessToken: { role: "read" } } };
    server.on("GET /hub/api/whoami-v2", () => ({ json: read }));
    const refused = await control.create(draftOf()).catch((error: unknown) => error);
    if (!(refused instanceof ProblemError)) throw refused;
    expect(refused.problems.map(({ field, code }) => [field, code])).toEqual([
      ["settings.dataset", "hub-missing"],
      ["results.repository", "hub-missing"],
    ]);
    expect(visit.runpod.made).toEqual([]);
    const asked = server.asked.length;
    await control.create(draftOf()).catch(() => undefined);
    expect(server.asked.length).toBe(asked); // its answers are good for a minute

    const { id } = await control.create(
      draftOf({ settings: { dataset: "https://x.example/1.zip" }, results: {} }),
    );
    await control.stop(id, "now");
    await until(viewOf(id), is("stopped"));
    const made = visit.runpod.made.length;
    await expect(
      control.resume(id, { overrides: { "results.repository": "me/voice" } }),
    ).rejects.toThrow(/There is no model/);
    expect(visit.runpod.made).toHaveLength(made);
  });

  it("recipes and their choices are the site's", async () => {
    const { control } = visit;
    const named = await control.recipes();
    expect(named).toContainEqual(expect.objectContaining({ name: "piper", demo: false }));
    const { choices, presets } = await control.recipe("piper");
    expect(choices).toContain("language");
    expect(presets.length).toBeGreaterThan(0);
    const all = await control.choices("piper", "language", "");
    const some = await control.choices("piper", "language", all[0]?.label ?? "");
    expect(some.length).toBeLessThan(all.length);
    expect(some[0]).toEqual(all[0]);
    await expect(control.recipe("moon")).rejects.toMatchObject({ status: 404 });
  });

  it("what needs a server says so", async () => {
    const { control } = visit;
    expect(control.can).toMatchObject({ local: false, keepSecrets: false, links: false });
    await expect(control.demo("piper")).rejects.toMatchObject({ code: "not-here" });
    await expect(control.disk()).rejects.toThrow(ProblemError);
    expect(await control.queue()).toEqual({ order: [], holders: {} });
  });
});
