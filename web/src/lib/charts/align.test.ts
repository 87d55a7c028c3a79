import { describe, expect, it } from "vitest";
import { aligned, drawn, nearest, placeNear } from "./align";

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

describe("what is drawn", () => {
  const columns = [[1, undefined, -1, null, 4]];

  it("is what was measured", () => {
    expect(drawn(columns, { log: false, weight: 0 })).toEqual(columns);
  });

  it("has a smooth course before it, which leaves out what was not logged", () => {
    const [behind, course] = drawn(columns, { log: false, weight: 0.5 });
    expect(behind).toEqual(columns[0]);
    expect(course?.map((value) => typeof value)).toEqual([
      "number",
      "undefined",
      "number",
      "object",
      "number",
    ]);
  });

  it("has a gap where a logarithmic scale has no place", () => {
    expect(drawn(columns, { log: true, weight: 0 })).toEqual([[1, undefined, null, null, 4]]);
  });
});

describe("the value under the cursor", () => {
  it("is the nearest number", () => {
    const points = { x: [0, 10, 20], y: [1, null, 3] };
    expect(placeNear(points, -5)).toBe(0);
    expect(placeNear(points, 9)).toBe(0);
    expect(placeNear(points, 16)).toBe(2);
    expect(placeNear(points, 99)).toBe(2);
    expect(placeNear({ x: [], y: [] }, 1)).toBe(-1);
    expect(placeNear({ x: [1], y: [null] }, 1)).toBe(-1);
  });
});
