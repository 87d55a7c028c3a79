import { describe, expect, it } from "vitest";
import { aligned, nearest } from "./align";

describe("lines over one axis", () => {
  it("keep their own points", () => {
    const train = { x: [1, 2, 4], y: [5, null, 3] };
    const validation = { x: [2, 3], y: [9, 8] };
    expect(aligned([train, validation])).toEqual({
      x: [1, 2, 3, 4],
      columns: [
        [5, null, undefined, 3],
        [undefined, 9, 8, undefined],
      ],
    });
    expect(aligned([train])).toEqual({ x: [1, 2, 4], columns: [[5, null, 3]] });
    expect(aligned([])).toEqual({ x: [], columns: [] });
  });

  it("find the value that is nearest", () => {
    const x = [0, 10, 20, 30];
    const column = [1, undefined, null, 4];
    expect(nearest(x, column, 0)).toBe(0);
    expect(nearest(x, column, 1)).toBe(0);
    expect(nearest(x, column, 2)).toBe(3);
    expect(nearest(x, [undefined, 2, undefined, undefined], 3)).toBe(1);
    expect(nearest(x, [undefined, 2], 0)).toBe(1);
    expect(nearest(x, [], 0)).toBeNull();
  });
});
