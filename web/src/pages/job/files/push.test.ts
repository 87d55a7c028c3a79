import { describe, expect, it } from "vitest";
import type { Attempt, JobView, SecretView, StepView } from "$lib/api/types";
import { isRepository, pushOf } from "./push";
import { writerOf } from "./writer";

function attempt(number: number, only: string[] | null = null): Attempt {
  return { number, created: number * 100, overrides: {}, only, profile: "" };
}

function step(name: string, state: StepView["state"], by: number | null): StepView {
  return { n: 1, name, title: name, phase: "finish", state, exit: 0, seconds: 1, attempt: by };
}

function view(more: Partial<JobView>): JobView {
  const known: Partial<JobView> = {
    state: "succeeded",
    ended: 999,
    attempt: 1,
    attempts: [attempt(1)],
    steps: [step("train", "done", 1)],
    warnings: [],
    cause: null,
  };
  return { ...known, ...more } as JobView;
}

const byHand = { attempt: 2, attempts: [attempt(1), attempt(2, ["card", "push"])] };

describe("pushOf", () => {
  it("never, for a job that was not to be pushed", () => {
    expect(pushOf(view({}))).toEqual({ kind: "never" });
    expect(pushOf(view({ steps: [step("push", "waiting", null)] }))).toEqual({ kind: "never" });
  });

  it("done, as a step of the job", () => {
    expect(pushOf(view({ steps: [step("push", "done", 1)] }))).toEqual({ kind: "done", at: null });
  });

  it("running, as an attempt of its own", () => {
    const steps = [step("card", "done", 2), step("push", "running", null)];
    expect(pushOf(view({ ...byHand, state: "finishing", ended: null, steps }))).toEqual({
      kind: "running",
      done: 1,
      of: 2,
    });
  });

  it("does not take what an earlier attempt did for this one's", () => {
    const steps = [step("card", "done", 1), step("push", "done", 1)];
    expect(pushOf(view({ ...byHand, state: "queued", ended: null, steps }))).toMatchObject({
      kind: "running",
      done: 0,
    });
  });

  it("done by hand, with its time", () => {
    const steps = [step("card", "done", 2), step("push", "done", 2)];
    expect(pushOf(view({ ...byHand, steps }))).toEqual({ kind: "done", at: 999 });
  });

  it("failed, with the warning of this attempt and not of one before", () => {
    const warnings = [
      { t: 150, title: "Push", sentence: "older", next_step: "" },
      { t: 250, title: "Push", sentence: "No token may write there.", next_step: "Add one." },
    ];
    expect(pushOf(view({ ...byHand, warnings }))).toEqual({
      kind: "failed",
      sentence: "No token may write there.",
      nextStep: "Add one.",
    });
    expect(pushOf(view({ ...byHand, warnings: warnings.slice(0, 1) }))).toMatchObject({
      kind: "failed",
      sentence: "",
    });
  });
});

describe("isRepository", () => {
  it.each(["anna/voice", " anna/my-voice_2.0 "])("%s is", (text) => {
    expect(isRepository(text)).toBe(true);
  });
  it.each(["", "voice", "anna/", "a/b/c", "https://hub/anna/voice", "anna/my voice"])(
    "%s is not",
    (text) => {
      expect(isRepository(text)).toBe(false);
    },
  );
});

describe("writerOf", () => {
  const secret = (name: string, more: Partial<SecretView>): SecretView => ({
    name,
    about: "",
    jobs: true,
    keeper: null,
    ending: null,
    own: true,
    covered: null,
    keeps: ["memory"],
    ...more,
  });

  it("is the token itself, or the one in its place, or nobody's", () => {
    const own = secret("HF_WRITE_TOKEN", { keeper: "memory" });
    const other = secret("HF_TOKEN", { keeper: "file" });
    const covered = secret("HF_WRITE_TOKEN", { covered: "HF_TOKEN" });
    expect(writerOf([own, other], "HF_WRITE_TOKEN")).toBe(own);
    expect(writerOf([covered, other], "HF_WRITE_TOKEN")).toBe(other);
    expect(writerOf([secret("HF_WRITE_TOKEN", {})], "HF_WRITE_TOKEN")).toBeUndefined();
    expect(writerOf([], "HF_WRITE_TOKEN")).toBeUndefined();
  });
});
