import { describe, expect, it } from "vitest";
import { inPlace, laidOver, pointsOf, pointsOfLines } from "./points";

describe("points of a series", () => {
  it("are those that were logged", () => {
    const series = {
      x: [1, 2, 3],
      names: ["loss", "val"],
      columns: [
        [5, 4, 3],
        [null, 9, null],
      ],
      no_number: [],
      next: 100,
      total: 3,
      thinned: false,
    };
    expect([...pointsOf(series)]).toEqual([
      ["loss", { x: [1, 2, 3], y: [5, 4, 3] }],
      ["val", { x: [2], y: [9] }],
    ]);
    const strange = {
      ...series,
      names: ["loss", "val", "note"],
      columns: [...series.columns, [null, null, null]],
      no_number: [{ name: "val", count: 7, x: [1, 3] }],
    };
    expect([...pointsOf(strange)]).toEqual([
      ["loss", { x: [1, 2, 3], y: [5, 4, 3] }],
      ["val", { x: [1, 2, 3], y: [null, 9, null] }],
    ]);
  });
});

describe("points of lines", () => {
  it("are figures by step or by time", () => {
    const lines = [
      { t: 10, step: 1, epoch: 0, loss: 5, note: "text" },
      { t: 11, step: 2, epoch: 0, loss: 4 },
      { t: 12, step: 2, epoch: 0, val: 9 },
    ];
    expect(pointsOfLines(lines, "step").get("loss")).toEqual({ x: [1, 2], y: [5, 4] });
    expect(pointsOfLines(lines, "t").get("val")).toEqual({ x: [12], y: [9] });
    expect([...pointsOfLines(lines, "step").keys()]).toEqual(["loss", "val"]);
  });

  it("have a gap where a figure was no number", () => {
    const lines = [
      { step: 1, loss: 5 },
      { step: 2, loss: null },
      { step: 3, nan: ["loss"] },
      { step: 4, loss: 4 },
    ];
    expect(pointsOfLines(lines, "step").get("loss")).toEqual({
      x: [1, 2, 3, 4],
      y: [5, null, null, 4],
    });
  });

  it("take the newer of what an attempt repeats", () => {
    const lines = [
      { step: 1, loss: 5 },
      { step: 3, loss: 4 },
      { step: 2, loss: 6 },
      { step: 3, loss: 7 },
    ];
    expect(pointsOfLines(lines, "step").get("loss")).toEqual({ x: [1, 2, 3], y: [5, 6, 7] });
  });

  it("leave out lines that are nowhere", () => {
    expect(pointsOfLines([{ loss: 1 }], "step").size).toBe(0);
  });
});

describe("live points over those of the file", () => {
  const file = { x: [1, 2, 3], y: [5, 4, 3] };

  it("follow them", () => {
    expect(laidOver(file, { x: [4], y: [2] })).toEqual({ x: [1, 2, 3, 4], y: [5, 4, 3, 2] });
    expect(laidOver({ x: [], y: [] }, file)).toEqual(file);
    expect(laidOver(file, { x: [], y: [] })).toBe(file);
  });

  it("are shown once where both have them, the newer one", () => {
    expect(laidOver(file, { x: [3, 4], y: [9, 2] })).toEqual({ x: [1, 2, 3, 4], y: [5, 4, 9, 2] });
  });

  it("go in between after a step back", () => {
    expect(laidOver(file, { x: [2, 2.5], y: [8, null] })).toEqual({
      x: [1, 2, 2.5, 3],
      y: [5, 8, null, 3],
    });
  });
});

describe("detail in a stretch", () => {
  it("takes the place of what was there", () => {
    const whole = { x: [1, 5, 9, 13], y: [1, 5, 9, 13] };
    const detail = { x: [5, 6, 7, 8, 9], y: [50, 60, 70, 80, 90] };
    expect(inPlace(whole, detail, 5, 9)).toEqual({
      x: [1, 5, 6, 7, 8, 9, 13],
      y: [1, 50, 60, 70, 80, 90, 13],
    });
    expect(inPlace(whole, { x: [], y: [] }, 100, 200)).toEqual(whole);
  });
});
