import { describe, expect, it } from "vitest";
import { peaksOf, thinned } from "./peaks";

describe("peaksOf", () => {
  it("has the greatest swing of each stretch, up or down, against the greatest of all", () => {
    const samples = Float32Array.of(0, 0.1, -0.5, 0.2, 0, 0, 0.25, -0.1);
    expect([...peaksOf(samples, 4)]).toEqual([expect.closeTo(0.2), 1, 0, 0.5]);
  });

  it("is flat for silence and for nothing", () => {
    expect([...peaksOf(new Float32Array(10), 3)]).toEqual([0, 0, 0]);
    expect([...peaksOf(new Float32Array(0), 3)]).toEqual([0, 0, 0]);
  });

  it("leaves out no sample where stretches don't divide the sound evenly", () => {
    const samples = new Float32Array(1001);
    for (const at of [0, 333, 500, 1000]) {
      samples.fill(0);
      samples[at] = -1;
      expect(Math.max(...peaksOf(samples, 7))).toBe(1);
    }
  });

  it("stretches a sound that is shorter than the picture", () => {
    expect([...peaksOf(Float32Array.of(0.5, 1), 4)]).toEqual([0.5, 0.5, 1, 1]);
  });
});

describe("thinned", () => {
  it("loses no peak", () => {
    const peaks = new Float32Array(400);
    peaks[123] = 1;
    expect(Math.max(...thinned(peaks, 37))).toBe(1);
    expect(thinned(peaks, 37)).toHaveLength(37);
  });

  it("is the same where there is room for all", () => {
    const peaks = new Float32Array(400);
    expect(thinned(peaks, 400)).toBe(peaks);
    expect(thinned(peaks, 1000)).toBe(peaks);
  });
});
