import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JobEvent, StepView } from "$lib/api/types";
import { useLocale } from "$lib/format";
import { jumpsTo, placesOf } from "./places";

beforeEach(() => {
  useLocale(["en"]);
});
afterEach(() => {
  useLocale(undefined);
});

const event = (name: string, about: Record<string, unknown>): JobEvent => ({
  t: 0,
  event: name,
  about,
});
const steps = [
  { n: 1, title: "Fetch" },
  { n: 2, title: "Train" },
] as StepView[];
const events = [
  event("attempt", { attempt: 1, offset: 0 }),
  event("step", { n: 1, offset: 0 }),
  event("state", { state: "training" }),
  event("step", { n: 2, offset: 50 }),
  event("attempt", { attempt: 2, offset: 90 }),
  event("step", { n: 2, offset: 91 }),
  event("step", { n: 9, offset: 95 }), // of a plan that was another one
];
const nowhere = { start: () => undefined, end: () => undefined, to: () => undefined };

describe("places in a log", () => {
  it("are attempts and their steps", () => {
    expect(
      placesOf(events, steps).map(({ offset, attempt, step }) => [offset, attempt, step?.title]),
    ).toEqual([
      [0, 1, undefined],
      [0, 1, "Fetch"],
      [50, 1, "Train"],
      [90, 2, undefined],
      [91, 2, "Train"],
    ]);
  });

  it("make a menu: edges, what was left out, attempts, steps of the newest one", () => {
    const gaps = [
      { from: 10, to: 2010 },
      { from: 3000, to: 5000 },
    ];
    const items = jumpsTo(placesOf(events, steps), gaps, nowhere);
    expect(items.map(({ label, apart }) => (apart ? `— ${label}` : label))).toEqual([
      "Start",
      "End",
      "— Left out: 2 kB",
      "Left out: 2 kB (2)",
      "— Attempt 1",
      "Attempt 2",
      "— Train",
    ]);
  });

  it("name no attempt where there is but one", () => {
    const labels = jumpsTo(placesOf(events.slice(0, 4), steps), [], nowhere).map((i) => i.label);
    expect(labels).toEqual(["Start", "End", "Fetch", "Train"]);
  });

  it("lead where they say", () => {
    const to = vi.fn();
    const items = jumpsTo(placesOf(events, steps), [{ from: 7, to: 9 }], { ...nowhere, to });
    for (const item of items) item.onclick?.();
    expect(to.mock.calls.flat()).toEqual([7, 0, 90, 91]);
  });
});
