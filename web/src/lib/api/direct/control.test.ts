// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ProblemError, UnreachableError } from "../problem";
import type { JobDraft, JobView } from "../types";
import * as keys from "./keys";
import { jsonOf } from "./testing/server";
import { ORIGIN, WAITS, testVisit, until, type TestVisit } from "./testing/visit";

let visit: TestVisit;
beforeEach(() => begin());
/** With a token, which jobs that push their results can't do without. */
async function begin(more?: Parameters<typeof testVisit>[0]): Promise<void> {
  visit = await testVisit(more);
  keys.keep("HF_TOKEN", "hf_canary");
}

afterEach(async () => {
  await visit.close();
});

function draftOf(more: Partial<JobDraft> = {}): JobDraft {
  return {
    format: 1,
    recipe: "piper",
    name: "first voice",
    settings: { dataset: "hf:me/recordings" },
    compute: { name: "runpod" },
    results: { repository: "me/voice" },
    ...more,
  };
}

const viewOf = (id: string) => () => visit.control.job(id);
const is = (state: string) => (view: JobView) => view.state === state;

/** A job whose pod answers. */
async function running(more: Partial<JobDraft> = {}): Promise<string> {
  const { id } = await visit.control.create(draftOf(more));
  await until(viewOf(id), is("preparing"));
  return id;
}

describe("a job", () => {
  it("is started on the cheapest offer, trains, and is over when its pod is gone", async () => {
    keys.keep("HF_TOKEN", "hf_canary");
    const { control, runpod } = visit;
    const made = await control.create(draftOf());
    expect(made).toMatchObject({ state: "provisioning", name: "first voice", attempt: 1 });
    await until(viewOf(made.id), is("preparing"));
    const [request] = runpod.made;
    expect(request).toMatchObject({ cloud: "COMMUNITY", gpu: { id: "NVIDIA A40", count: 1 } });
    expect(request?.["name"]).toMatch(/^tuneyard-[0-9a-f]{8}-\d{8}-\d{6}-first-voice$/);
    const env = request?.["env"] as Record<string, string>;
    expect(env).toMatchObject({
      TUNEYARD_PROGRAM: "program",
      TUNEYARD_ORIGINS: ORIGIN,
      HF_TOKEN: "hf_canary",
    });
    expect(JSON.stringify(request)).not.toContain("rpa_canary");

    runpod.face.to({ state: "training", phase: "train", progress: { step: 3, steps: 10 } });
    const training = await until(viewOf(made.id), is("training"));
    expect(training.progress).toMatchObject({ step: 3, steps: 10 });
    expect(training.pod).toMatchObject({ gpu: "A40", cloud: "community", deadline: 5000 });

    runpod.face.to({ state: "succeeded", cause: null });
    const over = await until(viewOf(made.id), ({ waiting }) => waiting?.for === "results");
    expect(over.state).toBe("finishing");
    runpod.remove(runpod.only);
    const ended = await until(viewOf(made.id), is("succeeded"));
    expect(ended.ended).not.toBeNull();
    expect((await control.events(made.id)).map(({ event }) => event)).toContain("cost");
  });

  it("has lost its results where they lay in its pod alone and nobody fetched them", async () => {
    const id = await running({ results: {} });
    visit.runpod.face.to({ state: "succeeded", cause: null });
    await until(viewOf(id), ({ waiting }) => waiting?.for === "results");
    visit.runpod.remove(visit.runpod.only);
    const ended = await until(viewOf(id), is("failed"));
    expect(ended.cause?.code).toBe("results-lost");
  });

  it("is over in peace once somebody says that all was fetched", async () => {
    const id = await running({ results: {} });
    visit.runpod.face.to({ state: "succeeded", cause: null });
    await until(viewOf(id), ({ waiting }) => waiting?.for === "results");
    const face = visit.runpod.face;
    await visit.control.collected(id);
    await until(viewOf(id), is("succeeded"));
    expect(face.collected).toBe(1);
    expect(visit.runpod.pods.size).toBe(0);
  });

  it("is over in peace once another page has fetched all", async () => {
    const id = await running({ results: {} });
    visit.runpod.face.to({ state: "succeeded", cause: null });
    await until(viewOf(id), ({ waiting }) => waiting?.for === "results");
    visit.runpod.face.collected = 1;
    const ended = await until(viewOf(id), is("succeeded"));
    expect(ended.cause).toBeNull();
    expect(visit.runpod.pods.size).toBe(0);
  });

  it("lets a pod end itself once all was fetched, so that other pages hear of it", async () => {
    await visit.close();
    await begin({ waits: { ...WAITS, end: 600_000 } });
    const id = await running({ results: {} });
    visit.runpod.face.to({ state: "succeeded", cause: null });
    await until(viewOf(id), ({ waiting }) => waiting?.for === "results");
    const other = await visit.reload();
    const there = () => other.control.job(id);
    await until(there, ({ waiting }) => waiting?.for === "results");
    await visit.control.collected(id);
    await until(viewOf(id), ({ waiting }) => waiting?.for === "end");
    await until(there, ({ waiting }) => waiting?.for === "end");
    expect(visit.runpod.pods.size).toBe(1);
    visit.runpod.remove(visit.runpod.only);
    await until(viewOf(id), is("succeeded"));
    expect((await until(there, is("succeeded"))).cause).toBeNull();
  });

  it("tries the next offer where one has no room", async () => {
    visit.runpod.next = ["full"];
    const id = await running();
    expect(visit.runpod.made.map((each) => each["cloud"])).toEqual(["COMMUNITY", "SECURE"]);
    const offers = (await visit.control.events(id)).filter(({ event }) => event === "offer");
    expect(offers.map(({ about }) => about["outcome"])).toEqual(["no-capacity", "taken"]);
  });

  it("says so when no offer ever has room, and nothing was paid", async () => {
    await visit.close();
    await begin({ waits: { ...WAITS, capacity: 100 } });
    visit.runpod.next = new Array<"full">(1000).fill("full");
    const { id } = await visit.control.create(draftOf());
    const ended = await until(viewOf(id), is("failed"));
    expect(ended.cause?.code).toBe("no-capacity");
  });

  it("finds the pod whose answer was lost, and asks for no second one", async () => {
    visit.runpod.next = ["lost"];
    await running();
    expect(visit.runpod.made).toHaveLength(1);
    expect(visit.runpod.pods.size).toBe(1);
  });

  it("is asked for again only when a lost one has had its time to appear", async () => {
    visit.runpod.next = ["lost-for-good"];
    const id = await running();
    expect(visit.runpod.made).toHaveLength(2);
    const offers = (await visit.control.events(id)).filter(({ event }) => event === "offer");
    expect(offers.map(({ about }) => about["outcome"])).toEqual(["lost", "taken"]);
  });

  it("ends where answers are lost again and again", async () => {
    visit.runpod.next = new Array<"lost-for-good">(9).fill("lost-for-good");
    const { id } = await visit.control.create(draftOf());
    expect((await until(viewOf(id), is("failed"))).cause?.code).toBe("runpod-unsure");
    expect(visit.runpod.made).toHaveLength(3);
  });

  it("fails with RunPod's own words, or for want of money, and rents nothing", async () => {
    visit.runpod.next = ["refused"];
    const one = await visit.control.create(draftOf());
    expect((await until(viewOf(one.id), is("failed"))).cause?.sentence).toContain("No such image");
    visit.runpod.balance = 0.1;
    const two = await visit.control.create(draftOf());
    expect((await until(viewOf(two.id), is("failed"))).cause?.code).toBe("runpod-balance");
    expect(visit.runpod.pods.size).toBe(0);
  });

  it("waits for the site's own files where they can't be read for the moment", async () => {
    let left = 2;
    visit.server.on("GET /site/programs/*", () =>
      left-- > 0 ? { status: 503, body: "" } : { body: "program\n" },
    );
    await running();
    expect(left).toBe(-1);
  });

  it("whose pod doesn't answer yet has an empty log, and says that files can't be read", async () => {
    visit.runpod.next = new Array<"full">(1000).fill("full");
    const { id } = await visit.control.create(draftOf());
    expect(await visit.control.log(id, -100, 100)).toMatchObject({ start: 0, next: 0, size: 0 });
    expect(await visit.control.files(id)).toEqual([]);
    expect((await visit.control.series(id)).total).toBe(0);
    await expect(visit.control.fileText(id, "x")).rejects.toThrow(UnreachableError);
  });

  it("warns of credit that may run out, and goes on", async () => {
    visit.runpod.balance = 1;
    const id = await running();
    const { warnings } = await visit.control.job(id);
    expect(warnings).toMatchObject([{ title: "RunPod" }]);
  });
});

describe("a pod that", () => {
  it("doesn't answer for a while is waited for, in words", async () => {
    const id = await running();
    const { face } = visit.runpod;
    face.away = true;
    face.breakStreams();
    await until(
      () => visit.control.events(id),
      (events) => events.some(({ about }) => String(about["said"]).includes("doesn’t answer")),
    );
    const silent = await until(viewOf(id), ({ waiting }) => waiting?.for === "silence");
    expect(silent.state).toBe("preparing");
    expect(silent.waiting?.since).toBeCloseTo(Date.now() / 1000, -2);
    face.away = false;
    face.to({ state: "training" });
    const heard = await until(viewOf(id), is("training"));
    expect(heard.waiting).toBeNull();
  });

  it("vanishes leaves a job that is lost", async () => {
    const id = await running();
    visit.runpod.remove(visit.runpod.only);
    const ended = await until(viewOf(id), is("lost"));
    expect(ended.cause?.code).toBe("pod-gone");
  });

  it("vanishes when its job is over, but not all was heard, leaves the job's own end", async () => {
    const id = await running();
    const { face, only } = visit.runpod;
    face.holds = true;
    face.breakStreams();
    face.state = { state: "stopped", cause: null };
    await until(viewOf(id), is("finishing"));
    visit.runpod.remove(only);
    await until(viewOf(id), is("stopped"));
  });

  it("was stopped by hand is ended, so that it costs nothing", async () => {
    const id = await running();
    const { only, face, pods } = visit.runpod;
    pods.set(only, { ...pods.get(only), status: "EXITED" });
    face.away = true;
    face.breakStreams();
    const ended = await until(viewOf(id), is("lost"));
    expect(ended.cause?.code).toBe("pod-stopped");
    expect(pods.size).toBe(0);
  });

  it("begins anew with an empty folder is heard anew", async () => {
    const id = await running();
    const { face } = visit.runpod;
    face.incarnation = "2";
    face.data.events = "";
    face.breakStreams();
    face.event("warning", { title: "again", cause: { sentence: "Anew." } });
    const view = await until(viewOf(id), ({ warnings }) => warnings.length > 0);
    expect(view.warnings).toMatchObject([{ title: "again" }]);
  });

  it("is asked by offset where somebody holds its stream back", async () => {
    await visit.close();
    await begin({ waits: { ...WAITS, held: 30 } });
    const { id } = await visit.control.create(draftOf());
    await until(
      () => visit.runpod.faces.size,
      (size) => size > 0,
    );
    visit.runpod.face.holds = true;
    await until(viewOf(id), is("preparing"));
    visit.runpod.face.to({ state: "training" });
    visit.runpod.face.event("checkpoint", { path: "x.ckpt" });
    await until(viewOf(id), is("training"));
    await until(
      () => visit.control.events(id),
      (events) => events.some(({ event }) => event === "checkpoint"),
    );
  });
});

describe("a stream that was held back", () => {
  it("is tried again after the whole way was cut", async () => {
    await visit.close();
    await begin({ waits: { ...WAITS, held: 300 } });
    const asked = () => visit.server.asked.filter(({ path }) => path.endsWith("/stream")).length;
    const id = await running();
    const { face } = visit.runpod;
    face.holds = true;
    face.breakStreams();
    face.to({ state: "training" });
    await until(viewOf(id), is("training")); // by offset
    face.holds = false;
    face.away = true;
    const before = asked();
    await until(viewOf(id), ({ waiting }) => waiting?.for === "silence");
    face.away = false;
    await until(asked, (now) => now > before);
  });
});

describe("saving a checkpoint", () => {
  it("is asked of a pod whose job can, and shown until it came", async () => {
    const id = await running();
    await expect(visit.control.save(id)).rejects.toThrow("can be saved");
    const { face } = visit.runpod;
    const training = { state: "training", step: { n: 2, saves: true } };
    face.to(training);
    await until(viewOf(id), ({ can_save }) => can_save);
    expect((await viewOf(id)()).saving).toBeNull();
    await visit.control.save(id);
    face.to(face.state); // as the runner there says it
    await until(viewOf(id), ({ saving }) => saving === 5);
    face.to({ ...training, saving: null });
    await until(viewOf(id), ({ saving }) => saving === null);
    face.away = true;
    await expect(visit.control.save(id)).rejects.toThrow();
  });
});

describe("stopping", () => {
  it("is told to the pod, and shown", async () => {
    const id = await running();
    expect((await visit.control.stop(id, "save")).stopping).toBe("save");
    await until(
      () => visit.runpod.face.stopped,
      (stopped) => stopped.includes("save"),
    );
  });

  it("before there is a pod ends the job, and rents none", async () => {
    visit.runpod.next = new Array<"full">(1000).fill("full");
    const { id } = await visit.control.create(draftOf());
    await visit.control.stop(id, "now");
    await until(viewOf(id), is("stopped"));
    expect(visit.runpod.pods.size).toBe(0);
  });

  it("is told when a pod that is away answers again", async () => {
    const id = await running();
    const { face } = visit.runpod;
    face.away = true;
    await visit.control.stop(id, "now");
    face.away = false;
    face.breakStreams();
    await until(
      () => face.stopped,
      (stopped) => stopped.includes("now"),
    );
  });

  it("of pods ends one, and comes back when it is gone", async () => {
    const id = await running();
    await visit.control.endPod(visit.runpod.only);
    expect(visit.runpod.pods.size).toBe(0);
    await until(viewOf(id), is("stopped")); // nobody wonders why it is gone
    await visit.control.remove(id);
    expect((await visit.control.jobs()).total).toBe(0);
  });
});

describe("after a reload", () => {
  it("the same jobs are found by their pods' names, and followed", async () => {
    const id = await running();
    visit.runpod.face.to({ state: "training" });
    const again = await visit.reload();
    const { jobs, counts } = await again.control.jobs();
    expect(jobs.map((row) => row.id)).toEqual([id]);
    expect(Object.keys(counts)).toHaveLength(1);
    const view = await until(() => again.control.job(id), is("training"));
    expect(view).toMatchObject({ name: "first voice", pod: { id: visit.runpod.only } });
    const before = (await visit.control.job(id)).pod;
    expect(view.pod?.dollars_an_hour).toBeCloseTo(before?.dollars_an_hour ?? 0);
    expect(await again.control.copy(id)).toEqual(await visit.control.copy(id));
  });

  it("pods of others are shown as such, and left alone", async () => {
    const name = "tuneyard-0badcafe-20261122-143005-theirs";
    const env = { TUNEYARD_JOB: '{"recipe":"piper"}', TUNEYARD_FACE_TOKEN: "x" };
    visit.runpod.add({ name, env });
    visit.runpod.add({ name: "somebody's", env: {} });
    await running();
    const { pods, balance, dollars_an_hour } = await visit.control.pods();
    expect(pods.map((pod) => pod.whose).sort()).toEqual(["elsewhere", "job", "other"]);
    expect([balance, dollars_an_hour]).toEqual([25, 1.2]);
    expect(await visit.control.sweepPods(true)).toEqual([]);
    expect(visit.runpod.pods.size).toBe(3);
  });

  it("an address of a job finds it too; of one that is gone it says so", async () => {
    const id = await running();
    const again = await visit.reload();
    expect((await again.control.job(id)).id).toBe(id);
    await expect(again.control.job("nothing")).rejects.toMatchObject({ status: 404 });
  });

  it("a key that is refused is said, where pods are asked for", async () => {
    const again = await visit.reload();
    visit.runpod.key = "another";
    expect((await again.control.jobs()).total).toBe(0);
    expect(keys.isRefused("RUNPOD_API_KEY")).toBe(true); // which every page tells of
    expect((await again.control.pods()).problem?.code).toBe("runpod-key");
    keys.forgetAll();
    expect((await again.control.jobs()).total).toBe(0);
    expect((await again.control.pods()).problem).toMatchObject({ code: "no-runpod-key" });
  });
});

describe("what a pod has", () => {
  it("is read as it is: log, files, samples, figures", async () => {
    const id = await running();
    const { face } = visit.runpod;
    const noted = JSON.stringify({ epoch: 1, samples: [{ file: "1.wav", text: "Hello" }] });
    face.files = {
      "samples/epoch-2/samples.json": noted,
      "samples/epoch-2/1.wav": "RIFF",
      "outputs/voice.onnx": "onnx",
    };
    face.say("log", "one\ntwo\n");
    face.say("metrics", '{"step":1,"t":1,"loss":2}\n{"step":2,"t":2,"loss":1}\n');
    face.to({ state: "training" });
    const { control } = visit;
    await until(viewOf(id), ({ log }) => log.bytes === 8);
    const part = await control.log(id, -4, 100);
    expect(new TextDecoder().decode(part.bytes)).toBe("two\n");
    expect(part).toMatchObject({ start: 4, next: 8, size: 8, reset: false });

    const samples = await control.samples(id);
    expect(samples).toMatchObject([{ group: "epoch-2", epoch: 2, text: "Hello" }]);
    const { address, release } = await control.open(id, "samples/epoch-2/1.wav");
    expect(address).toMatch(/^blob:/);
    release();
    expect((await control.files(id)).map(({ kind }) => kind).sort()).toEqual([
      "output",
      "sample",
      "sample",
    ]);
    expect(await control.fileText(id, "outputs/voice.onnx")).toBe("onnx");
    await expect(control.fileText(id, "nothing")).rejects.toMatchObject({ code: "no-file" });

    const series = await until(
      () => control.series(id),
      (found) => found.total === 2,
    );
    expect(series).toMatchObject({ x: [1, 2], names: ["loss"], columns: [[2, 1]] });
    expect(await control.metricsText(id)).toBe("step,t,loss\r\n1,1,2\r\n2,2,1\r\n");
    face.away = true;
    await expect(control.log(id, 0, 100)).rejects.toThrow(UnreachableError);
    expect((await control.series(id)).total).toBe(2);
  });

  it("is an address of its own where it is large", async () => {
    const id = await running();
    visit.runpod.face.files = { "outputs/large.zip": "x".repeat((20 << 20) + 1) };
    await visit.control.files(id);
    const { address } = await visit.control.open(id, "outputs/large.zip");
    expect(address).toBe(`${visit.server.address}/face/${visit.runpod.only}/t/ticket`);
  });
});

describe("what was picked here", () => {
  const files = [
    { path: "voice/metadata.csv", file: new Blob(["a|b\n"]) },
    { path: "voice/.hidden", file: new Blob(["x"]) },
    { path: "voice/wav/1.wav", file: new Blob(["RIFF"]) },
  ];

  it("reaches the pod that waits for it, and stands in the job by its checksum", async () => {
    const { control, runpod } = visit;
    const { path } = await control.upload(files);
    const dataset = path ?? "";
    const { id } = await control.create(draftOf({ settings: { dataset } }));
    await until(
      () => runpod.faces.size,
      (size) => size > 0,
    );
    const env = runpod.made[0]?.["env"] as Record<string, string>;
    const job = JSON.parse(env["TUNEYARD_JOB"] ?? "") as {
      settings: { dataset: string };
      inputs: { sha256: string; bytes: number; name: string; kind: string }[];
    };
    const [input] = job.inputs;
    expect(input).toMatchObject({ name: "voice", kind: "folder" });
    expect(job.settings.dataset).toBe(`input:${input?.sha256 ?? ""}`);
    const { face } = runpod;
    const { sha256 = "", bytes = 0 } = input ?? {};
    face.inputs[sha256] = { bytes, data: new Uint8Array() };
    face.breakStreams();
    await until(
      () => face.inputs[sha256]?.data.length,
      (length) => length === bytes,
    );
    await until(viewOf(id), ({ waiting }) => !waiting);
  });

  it("stands in the row of a list that names it", async () => {
    const { path } = await visit.control.upload(files);
    const directories = [{ path: "hf:me/pictures" }, { path: path ?? "", mask_path: path ?? "" }];
    const draft = { ...draftOf({ settings: { directories } }), recipe: "diffusion-pipe" };
    const { remote } = await visit.control.plan(draft);
    expect(remote?.inputs.map(({ setting }) => setting)).toEqual([
      "directories.1.path",
      "directories.1.mask_path",
    ]);
    const env = (remote?.request?.["env"] ?? {}) as Record<string, string>;
    const told = JSON.parse(env["TUNEYARD_JOB"] ?? "") as { settings: typeof draft.settings };
    expect(told.settings["directories"]).toMatchObject([
      { path: "hf:me/pictures", mask_path: "" },
      { path: "input:<sha256>", mask_path: "input:<sha256>" },
    ]);
    const again = await visit.reload();
    const { problems } = await again.control.check(draft);
    expect(problems.map(({ field }) => field)).toEqual([
      "settings.directories.1.path",
      "settings.directories.1.mask_path",
    ]);
  });

  it("is described in a plan, and forgotten by a reload", async () => {
    const { path } = await visit.control.upload(files);
    const draft = draftOf({ settings: { dataset: path ?? "" } });
    const { remote } = await visit.control.plan(draft);
    expect(remote?.inputs).toMatchObject([{ setting: "dataset", files: 3, bytes: 9 }]);
    const again = await visit.reload();
    const { ok, problems } = await again.control.check(draft);
    expect([ok, problems.map(({ field }) => field)]).toEqual([false, ["settings.dataset"]]);
  });
});

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

describe("resuming", () => {
  it("is another attempt on another pod, under the same id", async () => {
    const id = await running();
    visit.runpod.face.to({ state: "failed", cause: { code: "oom", sentence: "Out of memory." } });
    await until(viewOf(id), ({ waiting }) => waiting?.for === "results");
    await expect(visit.control.resume(id)).rejects.toMatchObject({ code: "not-ended" });
    visit.runpod.remove(visit.runpod.only);
    await until(viewOf(id), is("failed"));
    const again = await visit.control.resume(id, { overrides: { batch_size: 8 } });
    expect(again).toMatchObject({ id, attempt: 2, state: "provisioning" });
    expect(again.attempts).toMatchObject([{}, { overrides: { batch_size: 8 } }]);
    await until(viewOf(id), is("preparing"));
    const env = visit.runpod.made.at(-1)?.["env"] as Record<string, string>;
    expect(env["TUNEYARD_JOB"]).toContain('"batch_size":8');
    expect((await visit.control.jobs()).total).toBe(1);
  });
});

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

describe("a job file", () => {
  it("goes in and out", async () => {
    const { control } = visit;
    const draft = await control.read('recipe = "piper"\n[settings]\nepochs = 7\n');
    expect(draft).toMatchObject({ recipe: "piper", settings: { epochs: 7 } });
    const id = await running({ settings: { ...draft.settings, dataset: "hf:me/x" } });
    const text = await control.jobFile(id);
    expect((await control.read(text)).settings).toMatchObject({ epochs: 7, dataset: "hf:me/x" });
    expect(text).not.toContain("canary");
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
