import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Pods as Found } from "$lib/api/types";
import { UnreachableError } from "$lib/api/problem";
import { podView } from "./podsForTests";
import { Pods } from "./pods.svelte";

let answer: Found;
const control = {
  pods: vi.fn(() => Promise.resolve(answer)),
  endPod: vi.fn(() => Promise.resolve()),
  sweepPods: vi.fn((yes: boolean) =>
    Promise.resolve(yes ? [podView("b", { whose: "orphan" })] : answer.pods),
  ),
};
let pods: Pods;

const refused = {
  sentence: "The key is not taken.",
  code: "runpod-key",
  field: "",
  next_step: "",
  severity: "error" as const,
  place: "",
};

beforeEach(() => {
  vi.clearAllMocks();
  answer = {
    pods: [podView("a"), podView("b", { whose: "orphan" }), podView("c", { whose: "orphan" })],
    balance: 3,
    dollars_an_hour: 1,
    problem: null,
  };
  pods = new Pods(control);
});

const ids = () => pods.found?.pods.map(({ id }) => id);

describe("looking", () => {
  it("knows all pods, and those that are nobody's", async () => {
    await pods.look();
    expect(ids()).toEqual(["a", "b", "c"]);
    expect(pods.orphans.map(({ id }) => id)).toEqual(["b", "c"]);
    expect(pods.heard).toBeGreaterThan(0);
  });

  it("keeps what was heard while nobody can say", async () => {
    await pods.look();
    answer = { pods: [], balance: null, dollars_an_hour: 0, problem: refused };
    await pods.look();
    expect([ids(), pods.problem]).toEqual([["a", "b", "c"], refused]);
    control.pods.mockRejectedValueOnce(new UnreachableError("no"));
    await pods.look();
    expect(pods.error).toBeInstanceOf(UnreachableError);
    expect(ids()).toEqual(["a", "b", "c"]);
  });

  it("gets over it", async () => {
    control.pods.mockRejectedValueOnce(new UnreachableError("no"));
    await pods.look();
    await pods.look();
    expect([pods.error, pods.busy]).toEqual([undefined, false]);
  });

  it("asks no second time while it asks", async () => {
    await Promise.all([pods.look(), pods.look()]);
    expect(control.pods).toHaveBeenCalledOnce();
  });

  it("says nothing of a question that was given up", async () => {
    const ending = new AbortController();
    ending.abort();
    control.pods.mockRejectedValueOnce(new DOMException("", "AbortError"));
    await pods.look(ending.signal);
    expect(pods.error).toBeUndefined();
  });
});

describe("ending", () => {
  beforeEach(() => pods.look());

  it("shows it while it lasts, and then no pod", async () => {
    const ending = pods.end("a");
    expect([...pods.ending]).toEqual(["a"]);
    await ending;
    expect([ids(), pods.ending.size]).toEqual([["b", "c"], 0]);
  });

  it("leaves it where it is refused", async () => {
    control.endPod.mockRejectedValueOnce(new Error("still there"));
    await expect(pods.end("a")).rejects.toThrow("still there");
    expect([ids(), pods.ending.size]).toEqual([["a", "b", "c"], 0]);
  });

  it("sweeps those that are nobody's; one that is not gone stays", async () => {
    expect(await pods.swept()).toHaveLength(3);
    expect(control.sweepPods).toHaveBeenLastCalledWith(false);
    const gone = await pods.sweep();
    expect(control.sweepPods).toHaveBeenLastCalledWith(true);
    expect(gone.map(({ id }) => id)).toEqual(["b"]);
    expect([ids(), pods.ending.size]).toEqual([["a", "c"], 0]);
  });
});
