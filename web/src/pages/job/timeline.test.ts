import { describe, expect, it } from "vitest";
import type { JobEvent, JobView, StepView } from "$lib/api/types";
import { checkpointOf, offsetOf, timeline } from "./timeline";

const step = (n: number, phase: StepView["phase"], state: StepView["state"], seconds = 0) =>
  ({ n, phase, state, seconds, name: `s${n}`, title: `S${n}`, exit: null, attempt: 1 }) as StepView;
const event = (t: number, name: string, about: Record<string, unknown> = {}): JobEvent => ({
  t,
  event: name,
  about,
});
const states = (steps: StepView[]) =>
  timeline({ steps } as JobView, []).map(({ phase, state }) => `${phase} ${state}`);

describe("the timeline", () => {
  it("says of each phase how far it is", () => {
    expect(
      states([
        step(1, "prepare", "done"),
        step(2, "train", "running"),
        step(3, "finish", "waiting"),
      ]),
    ).toEqual(["prepare done", "train running", "finish waiting"]);
    expect(states([step(1, "prepare", "done"), step(2, "prepare", "waiting")])[0]).toBe(
      "prepare waiting",
    );
    expect(states([step(1, "train", "done"), step(2, "train", "failed")])[1]).toBe("train failed");
    expect(states([])).toEqual(["prepare waiting", "train waiting", "finish waiting"]);
  });

  it("adds up what steps took, and knows since when one runs", () => {
    const view = {
      steps: [
        step(1, "prepare", "done", 3),
        step(2, "prepare", "running"),
        step(3, "train", "waiting"),
      ],
    } as JobView;
    const events = [
      event(10, "step", { n: 1 }),
      event(5, "step", { n: 2 }),
      event(13, "step", { n: 2 }),
    ];
    const [prepare, train] = timeline(view, events);
    expect(prepare).toMatchObject({ seconds: 3, since: 13 });
    expect(train).toMatchObject({ seconds: 0, since: null });
  });
});

describe("places", () => {
  it("are those of the newest attempt", () => {
    const events = [event(1, "step", { n: 2, offset: 10 }), event(2, "step", { n: 2, offset: 90 })];
    expect(offsetOf(step(2, "train", "done"), events)).toBe(90);
    expect(offsetOf(step(3, "train", "done"), events)).toBeNull();
  });

  it("know the newest checkpoint, by epochs that were trained", () => {
    expect(checkpointOf([])).toBeNull();
    const events = [
      event(1, "checkpoint", { epoch: 3, epochs_trained: 4, step: 12 }),
      event(2, "checkpoint", { epoch: 7, epochs_trained: 8, step: 24 }),
      event(3, "state", { state: "failed" }),
    ];
    expect(checkpointOf(events)).toEqual({ t: 2, epoch: 8, step: 24 });
    expect(checkpointOf([event(1, "checkpoint", { step: 5 })])).toEqual({
      t: 1,
      epoch: null,
      step: 5,
    });
  });
});
