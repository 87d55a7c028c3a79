import { beforeAll, describe, expect, it } from "vitest";
import { useLocale } from "$lib/format";
import { readFacts, readHistograms, readLines, readNotes, readTables } from "./facts";

const facts = {
  seconds: 101.3,
  histogram: [
    { seconds: 0, clips: 0 },
    { seconds: 1, clips: 21 },
  ],
  sample_rates: { "22050": 32 },
  left_out: 0,
  cache_bytes: 26_846_583,
  clips: 1032,
  speakers: {},
};

const shown = (some: Record<string, unknown>) =>
  readFacts(some).map(({ label, value }) => `${label}: ${value}`);

describe("readFacts", () => {
  beforeAll(() => {
    useLocale(["en-US"]);
  });

  it("shows figures with their units, the most telling first, and leaves out what says nothing", () => {
    expect(shown(facts)).toEqual([
      "Clips: 1,032",
      "Length: 1 min 41 s",
      "Sample rate: 22,050 Hz",
      "Prepared, on disk: 27 MB",
    ]);
  });

  it("counts of several kinds, the most frequent first", () => {
    expect(shown({ speakers: { ann: 3, bob: 12 } })).toEqual(["Speakers: bob: 12, ann: 3"]);
  });

  it("keeps whole sentences apart", () => {
    const some = { memory: "Nothing is documented of this model.", license: "MIT" };
    expect(shown(some)).toEqual(["License: MIT"]);
    expect(readNotes(some)).toEqual([some.memory]);
  });

  it("doesn't list a hundred", () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`s${n}`, n + 1]));
    expect(shown({ speakers: many })[0]).toMatch(/^Speakers: s99: 100, .*, …$/);
  });

  it("shows facts that nobody told it of by their names", () => {
    expect(shown({ mean_brightness: 0.456, license: "MIT", labelled: true })).toEqual([
      "Mean brightness: 0.46",
      "License: MIT",
      "Labelled: yes",
    ]);
  });

  it.each([
    [45, "45 s"],
    [60, "1 min"],
    [599, "9 min 59 s"],
    [2280, "38 min"],
    [11_520, "3 h 12 min"],
  ])("says %d seconds as %s", (seconds, words) => {
    expect(shown({ seconds })).toEqual([`Length: ${words}`]);
  });
});

describe("readLines", () => {
  it("finds lists of texts, and calls files by their names", () => {
    expect(readLines({ ...facts, "metadata.csv": ["1|One.", "2|Two."] })).toEqual([
      { name: "metadata.csv", label: "metadata.csv", lines: ["1|One.", "2|Two."] },
    ]);
  });
});

describe("readHistograms", () => {
  it("finds where bars begin and what is counted", () => {
    expect(readHistograms(facts)).toEqual([
      {
        name: "histogram",
        label: "How long they are",
        unit: "seconds",
        bars: [
          { from: 0, count: 0 },
          { from: 1, count: 21 },
        ],
      },
    ]);
  });

  it("draws nothing of nothing", () => {
    expect(readHistograms({ histogram: [] })).toEqual([]);
    expect(readHistograms({ histogram: [{ seconds: 0, clips: 0 }] })).toEqual([]);
    expect(readHistograms({ names: ["a", "b"] })).toEqual([]);
  });
});

describe("readTables", () => {
  it("has cells as people read them, and knows columns of numbers", () => {
    const facts = {
      tables: [
        {
          title: "Sizes",
          columns: ["Size", "Files"],
          rows: [
            ["512 × 512", 1200],
            ["768 × 512", 3],
          ],
          note: "Each at every resolution.",
        },
        "nonsense",
      ],
    };
    expect(readTables(facts)).toEqual([
      {
        title: "Sizes",
        columns: ["Size", "Files"],
        rows: [
          ["512 × 512", "1,200"],
          ["768 × 512", "3"],
        ],
        numeric: [false, true],
        note: "Each at every resolution.",
      },
    ]);
    expect(readTables({})).toEqual([]);
    expect(readFacts(facts)).toEqual([]);
  });
});
