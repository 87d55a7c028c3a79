// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UnreachableError } from "../../problem";
import * as keys from "../common/keys";
import { begin, draftOf, end, is, running, viewOf, visit } from "../testing/jobs";
import { ORIGIN, WAITS, until } from "../testing/visit";

beforeEach(() => begin());
afterEach(end);

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

describe("resuming twice at once", () => {
  it("rents one pod", async () => {
    const id = await running();
    visit.runpod.remove(visit.runpod.only);
    await until(viewOf(id), is("lost"));
    const [one, other] = await Promise.allSettled([
      visit.control.resume(id),
      visit.control.resume(id),
    ]);
    expect([one.status, other.status]).toEqual(["fulfilled", "rejected"]);
    expect(other).toMatchObject({ reason: { code: "not-ended" } });
    await until(viewOf(id), is("preparing"));
    expect(visit.runpod.pods.size).toBe(1);
  });
});

describe("a job that this page doesn’t know", () => {
  it("is not said to be none while RunPod can’t be asked", async () => {
    visit.server.on("GET /v2/pods", () => ({ status: 500 }));
    await expect(visit.control.job("20261122-1")).rejects.toMatchObject({ kind: "trouble" });
    visit.server.on("GET /v2/pods", () => ({ json: { pods: [] } }));
    await expect(visit.control.job("20261122-1")).rejects.toMatchObject({ code: "no-job" });
  });
});

describe("jobs of one name, begun at once", () => {
  it("have an id each", async () => {
    const made = await Promise.all([1, 2].map(() => visit.control.create(draftOf())));
    expect(new Set(made.map(({ id }) => id)).size).toBe(2);
    expect((await visit.control.jobs()).total).toBe(2);
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
