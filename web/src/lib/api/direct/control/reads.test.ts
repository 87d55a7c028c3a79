// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { begin, end, is, running, viewOf, visit } from "../testing/jobs";
import { until } from "../testing/visit";

beforeEach(() => begin());
afterEach(end);

describe("what a pod has of its job", () => {
  it("is read on for those who wait when one who asked leaves", async () => {
    const id = await running();
    visit.runpod.face.say("metrics", '{"step":1,"loss":2}\n');
    await until(viewOf(id), () => visit.jobs.get(id).job?.sizes.metrics === 20);
    const leaving = new AbortController();
    const left = visit.control.series(id, {}, leaving.signal);
    const stays = visit.control.series(id);
    leaving.abort();
    await expect(left).rejects.toMatchObject({ name: "AbortError" });
    expect((await stays).x).toEqual([1]);
  });

  it("shows all samples but those whose list can't be read", async () => {
    const id = await running();
    const { face } = visit.runpod;
    const texts = JSON.stringify({ samples: [{ file: "1.wav", text: "one" }] });
    face.files["samples/epoch-1/samples.json"] = texts;
    face.files["samples/epoch-1/1.wav"] = "RIFF";
    face.files["samples/epoch-2/samples.json"] = "{";
    face.files["steps/broken.json"] = "{";
    const found = await visit.control.samples(id);
    expect(found.map(({ path }) => path)).toEqual(["samples/epoch-1/1.wav"]);
  });

  it("is gone with the pod, and says so", async () => {
    const id = await running();
    const { face } = visit.runpod;
    face.say("log", "one\n");
    face.files["outputs/voice.onnx"] = "x";
    await until(
      () => visit.control.files(id),
      (files) => files.length === 1,
    );
    await until(viewOf(id), ({ log }) => log.bytes === 4);
    visit.runpod.remove(visit.runpod.only);
    await until(viewOf(id), is("lost"));
    const gone = {
      code: "pod-gone",
      message: "The pod of this job has ended, and what was in it is gone.",
    };
    await expect(visit.control.log(id, 0, 10)).rejects.toMatchObject(gone);
    await expect(visit.control.open(id, "outputs/voice.onnx")).rejects.toMatchObject(gone);
  });
});
