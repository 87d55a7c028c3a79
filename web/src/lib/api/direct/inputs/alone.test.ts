// @vitest-environment node
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobDraft } from "../../types";
import * as keys from "../common/keys";
import type { ManifestEntry } from "../runpod/request";
import type { Site } from "../site/site";
import type { TestPod } from "../testing/pod";
import { testVisit, until, type TestVisit } from "../testing/visit";

const RECIPE = "bz2".repeat(1000);
const SHA = createHash("sha256").update(RECIPE).digest("hex");
const FILE = `GET /site/programs/${SHA}.bz2`;

type Page = Awaited<ReturnType<TestVisit["reload"]>>;

let visit: TestVisit;
let page: Page;
beforeEach(async () => {
  visit = await testVisit();
  keys.keep("HF_TOKEN", "hf_canary");
  visit.server.on("GET /site/site.json", () => ({ json: parted(visit.jobs.site) }));
  visit.server.on(FILE, () => ({ body: RECIPE }));
  page = await visit.reload();
});
afterEach(async () => {
  await visit.close();
});

/** The same site, whose recipes all are too large for one request. */
function parted(site: Site): Site {
  const alone = { sha256: SHA, bytes: RECIPE.length };
  const recipes = site.recipes.map((recipe) => ({
    ...recipe,
    programs: recipe.programs.map((program) => ({ ...program, recipe: alone })),
  }));
  return { ...site, recipes };
}

function draftOf(settings: JobDraft["settings"] = { dataset: "hf:me/recordings" }): JobDraft {
  return {
    format: 1,
    recipe: "piper",
    name: "first voice",
    settings,
    compute: { name: "runpod" },
    results: { repository: "me/voice" },
  };
}

function toldOf(request: Record<string, unknown> | undefined) {
  const env = (request?.["env"] ?? {}) as Record<string, string>;
  return JSON.parse(env["TUNEYARD_JOB"] ?? "") as { inputs: ManifestEntry[]; settings: object };
}

/** The pod of a job that was started, which waits for all that it was told of. */
async function waiting(): Promise<TestPod> {
  const { runpod } = visit;
  await until(
    () => runpod.faces.size,
    (size) => size > 0,
  );
  const { face } = runpod;
  for (const { sha256, bytes } of toldOf(runpod.made.at(-1)).inputs)
    face.inputs[sha256] = { bytes, data: new Uint8Array() };
  face.breakStreams();
  return face;
}

const came = (face: TestPod) =>
  until(
    () => Buffer.from(face.inputs[SHA]?.data ?? []).toString(),
    (text) => text.length === RECIPE.length,
  );

describe("a recipe that travels by itself", () => {
  it("is named in the request, and is sent before what was picked", async () => {
    const { path } = await page.control.upload([{ path: "voice.zip", file: new Blob(["zip"]) }]);
    await page.control.create(draftOf({ dataset: path ?? "" }));
    const face = await waiting();
    expect(await came(face)).toBe(RECIPE);
    const { inputs, settings } = toldOf(visit.runpod.made[0]);
    const entry = { sha256: SHA, bytes: RECIPE.length, name: "the recipe", kind: "program" };
    expect(inputs).toMatchObject([{ ...entry, place: "" }, { name: "voice.zip" }]);
    expect(Object.keys(settings)).not.toContain("");
    const data = inputs[1]?.sha256 ?? "";
    await until(
      () => face.inputs[data]?.data.length,
      (length) => length === 3,
    );
    const puts = visit.server.asked.filter(({ method }) => method === "PUT");
    expect(puts.map(({ path }) => path.split("/").at(-1))).toEqual([SHA, data]);
  });

  it("is said before the start, and is in the request that is shown", async () => {
    const { remote } = await page.control.plan(draftOf());
    expect(remote?.limits).toMatch(
      /\. The recipe itself travels after the pod has started: keep this page open until then\.$/,
    );
    expect(toldOf(remote?.request as Record<string, unknown>).inputs).toMatchObject([
      { sha256: SHA },
    ]);
    expect(remote?.inputs).toEqual([]);
    const whole = await visit.control.plan(draftOf());
    expect(whole.remote?.limits).not.toContain("recipe");
    expect(remote?.request?.["disk"]).toBe(whole.remote?.request?.["disk"]);
    expect(toldOf(whole.remote?.request as Record<string, unknown>).inputs).toEqual([]);
  });

  it("is sent by a page that was reloaded, also by a newer site", async () => {
    let gone = true;
    visit.server.on(FILE, () => (gone ? { status: 503 } : { body: RECIPE }));
    await page.control.create(draftOf());
    const face = await waiting();
    await until(
      () => visit.server.asked.filter(({ path }) => path.endsWith(".bz2")).length,
      (times) => times > 0,
    );
    page.jobs.forget();
    gone = false;
    visit.server.on("GET /site/site.json", () => ({ json: visit.jobs.site })); // knows none
    const again = await visit.reload();
    await again.control.jobs();
    expect(await came(face)).toBe(RECIPE);
  });

  it("is got again while the site can't be read", async () => {
    let fails = 1;
    visit.server.on(FILE, () => (fails-- > 0 ? { status: 503 } : { body: RECIPE }));
    await page.control.create(draftOf());
    expect(await came(await waiting())).toBe(RECIPE);
  });

  it("goes to the pod of a further attempt as well", async () => {
    const { id } = await page.control.create(draftOf());
    const face = await waiting();
    await came(face);
    face.to({ state: "failed", cause: null });
    const { runpod } = visit;
    await until(
      () => page.control.job(id),
      ({ waiting }) => waiting?.for === "results",
    );
    runpod.remove(runpod.only);
    await until(
      () => page.control.job(id),
      ({ state }) => state === "failed",
    );
    await page.control.resume(id);
    await until(
      () => runpod.made.length,
      (made) => made === 2,
    );
    expect(toldOf(runpod.made[1]).inputs.map(({ sha256 }) => sha256)).toEqual([SHA]);
    const next = await until(
      () => runpod.face,
      (now) => now !== face,
    );
    next.inputs[SHA] = { bytes: RECIPE.length, data: new Uint8Array() };
    next.breakStreams();
    expect(await came(next)).toBe(RECIPE);
  });
});
