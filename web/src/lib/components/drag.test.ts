import { describe, expect, it } from "vitest";
import { placeAt, shiftOf } from "./drag";

describe("dragging in a list of five rows, 40 high", () => {
  it.each([
    [2, 0, 2],
    [2, 19, 2],
    [2, 21, 3],
    [2, -50, 1],
    [2, -500, 0],
    [2, 500, 4],
  ])("from %i by %i falls at %i", (from, by, place) => {
    expect(placeAt(from, by, 40, 5)).toBe(place);
  });

  it("others give way between where it was and where it would fall", () => {
    const gives = (from: number, target: number) =>
      [0, 1, 2, 3, 4].map((place) => shiftOf(place, from, target));
    expect(gives(1, 3)).toEqual([0, 0, -1, -1, 0]);
    expect(gives(3, 1)).toEqual([0, 1, 1, 0, 0]);
    expect(gives(2, 2)).toEqual([0, 0, 0, 0, 0]);
  });
});
