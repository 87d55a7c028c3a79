// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UnreachableError } from "../../problem";
import { begin, draftOf, end, is, running, viewOf, visit } from "../testing/jobs";
import { WAITS, until } from "../testing/visit";

beforeEach(() => begin());
afterEach(end);

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
