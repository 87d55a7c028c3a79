import { describe, expect, it } from "vitest";
import { smoothed } from "./smooth";

describe("smoothing", () => {
  it("leaves what is even as it is, from the first value on", () => {
    expect(smoothed([3, 3, 3], 0.9).map((value) => value?.toFixed(9))).toEqual(
      Array(3).fill("3.000000000"),
    );
  });

  it("changes nothing without weight", () => {
    expect(smoothed([1, 5, 2], 0)).toEqual([1, 5, 2]);
  });

  it("follows slowly", () => {
    const [first, second, third] = smoothed([0, 1, 1], 0.5);
    expect(first).toBe(0);
    expect(second).toBeCloseTo(2 / 3);
    expect(third).toBeCloseTo(6 / 7);
  });

  it("steps over gaps", () => {
    expect(smoothed([1, null, 1], 0.8)).toEqual([1, null, expect.closeTo(1)]);
    expect(smoothed([null, 2], 0.8)).toEqual([null, 2]);
  });
});
