import { describe, expect, it } from "vitest";
import type { SpokenSample } from "$lib/api/types";
import { groupsOf, linesOf, mediumOf, Samples } from "./samples.svelte";

function sample(group: string, text: string, more: Partial<SpokenSample> = {}): SpokenSample {
  return {
    path: `samples/${group}/${text}.wav`,
    group,
    epoch: null,
    made: 0,
    text,
    speaker: null,
    seconds: 1,
    silent: false,
    ...more,
  };
}

describe("groups and lines", () => {
  const list = [
    sample("final", "one"),
    sample("final", "two"),
    sample("epoch-8", "two", { epoch: 8 }),
    sample("epoch-8", "one", { epoch: 8 }),
    sample("epoch-4", "old", { epoch: 4 }),
  ];

  it("keeps the server's order of groups, the newest first", () => {
    expect(groupsOf(list).map(({ name, epoch }) => [name, epoch])).toEqual([
      ["final", null],
      ["epoch-8", 8],
      ["epoch-4", 4],
    ]);
  });

  it("brings a sentence of all groups into one line, in the newest group's order", () => {
    const lines = linesOf(list);
    expect(lines.map(({ text, samples }) => [text, [...samples.keys()]])).toEqual([
      ["one", ["final", "epoch-8"]],
      ["two", ["final", "epoch-8"]],
      ["old", ["epoch-4"]],
    ]);
  });

  it("keeps speakers apart, and a sentence that is spoken twice", () => {
    const lines = linesOf([
      sample("final", "one", { speaker: "ana" }),
      sample("final", "one", { speaker: "ben" }),
      sample("final", "one", { speaker: "ben", path: "again.wav" }),
    ]);
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map((line) => line.key)).size).toBe(3);
  });
});

it("knows sounds and pictures by their names", () => {
  expect(["a.wav", "a.PNG", "a.jpeg", "a.mp4", "wav"].map(mediumOf)).toEqual([
    "sound",
    "picture",
    "picture",
    "other",
    "sound",
  ]);
});

describe("Samples", () => {
  it("keeps what it has when a later look fails, and says so", async () => {
    let broken = false;
    const samples = new Samples(
      {
        samples: () =>
          broken ? Promise.reject(new Error("no")) : Promise.resolve([sample("f", "x")]),
      },
      "job",
    );
    expect(samples.list).toBeNull();
    await samples.load();
    broken = true;
    await samples.load();
    expect(samples.lines).toHaveLength(1);
    expect(samples.error).toEqual(new Error("no"));
  });

  it("shows the newest look, whichever comes first", async () => {
    const answers: ((list: SpokenSample[]) => void)[] = [];
    const samples = new Samples(
      { samples: () => new Promise((done) => answers.push(done)) },
      "job",
    );
    const looks = [samples.load(), samples.load()];
    answers[1]?.([sample("new", "x")]);
    answers[0]?.([]);
    await Promise.all(looks);
    expect(samples.groups.map((group) => group.name)).toEqual(["new"]);
  });
});
