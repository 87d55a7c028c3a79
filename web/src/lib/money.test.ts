import { expect, it } from "vitest";
import { podOf } from "./state/jobForTests";
import { spentOf } from "./money";

it("counts from when a pod was made until it is gone", () => {
  expect(spentOf(podOf(), 3601)).toBeCloseTo(0.36);
  expect(spentOf(podOf({ ended: 1801 }), 99_999)).toBeCloseTo(0.18);
  expect(spentOf(podOf({ created: null }), 3601)).toBe(0);
  expect(spentOf(podOf(), 0)).toBe(0); // another computer's clock
});
