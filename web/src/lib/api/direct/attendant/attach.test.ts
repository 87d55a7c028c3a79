// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as keys from "../common/keys";
import { begin, end, is, running, visit } from "../testing/jobs";
import { until } from "../testing/visit";

beforeEach(() => begin());
afterEach(end);

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
