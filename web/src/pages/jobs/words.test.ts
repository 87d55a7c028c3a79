import { beforeAll, describe, expect, it } from "vitest";
import type { ListedJob, Progress } from "$lib/api/types";
import { useLocale } from "$lib/format";
import { podOf, waitFor } from "$lib/state/jobForTests";
import { jobRow } from "$lib/state/jobsForTests";
import {
  causeOf,
  costOf,
  countOf,
  doingOf,
  figureOf,
  leftOf,
  placeOf,
  shareOf,
  tookOf,
  waitOf,
} from "./words";

beforeAll(() => {
  useLocale(["en"]);
});

const row = (more: Partial<ListedJob>) => jobRow("a", more);
const at = (progress: Partial<Progress>) => row({ progress: progress as Progress });

describe("how far it is", () => {
  it.each<[Partial<Progress>, number | null, string]>([
    [{ step: 1830, steps: 3000, epoch: 61, epochs: 100 }, 0.61, "epoch 61/100"],
    [{ epoch: 5, epochs: 10 }, 0.5, "epoch 5/10"],
    [{ step: 1234 }, null, "step 1,234"],
    [{ step: 40, steps: 30 }, 1, "step 40/30"],
    [{ step: 0, steps: 0 }, null, "step 0/0"],
    [
      { steps: 30, caching: { what: "latents", where: "", done: 5, of: 16 } },
      null,
      "preparing the data: latents 5/16",
    ],
    [{}, null, ""],
  ])("%o", (progress, share, count) => {
    expect(shareOf(at(progress))).toBe(share);
    expect(countOf(at(progress))).toBe(count);
  });

  it("has time left only while it trains and says so", () => {
    const progress = { seconds_left: 60 } as Progress;
    expect(leftOf(row({ state: "training", progress }))).toBe(60);
    expect(leftOf(row({ state: "training", progress: {} as Progress }))).toBeNull();
    expect(leftOf(row({ state: "finishing", progress }))).toBeNull();
  });

  it("took its newest attempt's time", () => {
    expect(tookOf({ started: 100, ended: 160 })).toBe(60);
    expect(tookOf({ started: 100, ended: null })).toBeNull();
  });
});

describe("waitOf", () => {
  const gpu = (before: number) => row({ state: "queued", waiting: waitFor("gpu", { before }) });

  it.each([
    [gpu(0), "next in line for a GPU"],
    [gpu(1), "2nd in line for a GPU"],
    [gpu(2), "3rd in line for a GPU"],
    [gpu(10), "11th in line for a GPU"],
    [gpu(21), "22nd in line for a GPU"],
    [row({ state: "queued", needs: ["HF_TOKEN"] }), "waits for HF_TOKEN"],
    [row({ state: "preparing", needs: ["A", "B"] }), "waits for A, B"],
    [row({ state: "queued" }), "starting"],
    [row({ state: "training" }), ""],
  ])("%#: %s", (job, text) => {
    expect(waitOf(job)).toBe(text);
  });
});

describe("causeOf", () => {
  const cause = { code: "x", sentence: "Out of memory.", next_step: "", fix: {}, lines: [] };

  it.each<[Partial<ListedJob>, string]>([
    [{ state: "failed", cause }, "Out of memory."],
    [{ state: "failed" }, "It failed without saying why."],
    [{ state: "lost" }, "Nobody knows how it ended."],
    [{ state: null }, "Its folder can’t be read."],
    [{ state: "succeeded" }, ""],
  ])("%o", (more, text) => {
    expect(causeOf(row(more))).toBe(text);
  });
});

it("has the first figure, and none that is no number", () => {
  expect(figureOf(row({ figure: { loss: 1.4, other: 2 } }))).toEqual({ name: "loss", value: 1.4 });
  expect(figureOf(row({ figure: { loss: null } }))).toBeNull();
  expect(figureOf(row({ figure: {} }))).toBeNull();
});

describe("a job that is rented for", () => {
  const waits = (what: string, more = {}) =>
    doingOf(row({ state: "provisioning", waiting: waitFor(what, more) }));

  it("says what it waits for, from the first second", () => {
    expect(["offer", "pod", "inputs", "push", "results", "end"].map((what) => waits(what))).toEqual(
      [
        "looking for a free GPU",
        "waiting for its pod",
        "sending its data",
        "pushing its last checkpoint",
        "bringing results home",
        "ending its pod",
      ],
    );
    expect(waits("inputs", { upload: { sent: 21, bytes: 50 } })).toBe("sending its data, 42%");
    expect(doingOf(row({ state: "provisioning" }))).toBe("getting a machine");
    expect(doingOf(row({ state: "preparing", waiting: waitFor("gpu") }))).toBe("getting ready");
  });

  it("says where, and on what", () => {
    expect(placeOf(row({}))).toBe("this computer");
    expect(placeOf(row({ compute: "runpod" }))).toBe("RunPod");
    expect(placeOf(row({ compute: "runpod", pod: podOf() }))).toBe("RunPod RTX A5000");
    expect(placeOf(row({ compute: "other", pod: podOf({ gpu_count: 2 }) }))).toBe(
      "other 2 × RTX A5000",
    );
  });

  it("costs by the clock and its price, until it is gone", () => {
    expect(costOf(row({}), 3601)).toBeNull();
    expect(costOf(row({ pod: podOf({ created: null }) }), 3601)).toBeNull();
    expect(costOf(row({ pod: podOf() }), 3601)).toBeCloseTo(0.36);
    expect(costOf(row({ pod: podOf({ ended: 1801 }) }), 9999)).toBeCloseTo(0.18);
  });
});
