import { beforeAll, describe, expect, it } from "vitest";
import type { ListedJob, Progress } from "$lib/api/types";
import { useLocale } from "$lib/format";
import { waitFor } from "$lib/state/jobForTests";
import { jobRow } from "$lib/state/jobsForTests";
import { causeOf, countOf, figureOf, leftOf, shareOf, tookOf, waitOf } from "./words";

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
