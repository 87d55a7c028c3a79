import { describe, expect, it } from "vitest";
import type { JobFile } from "$lib/api/types";
import { bytesOf, Files, groupsOf } from "./files.svelte";

function file(path: string, kind: JobFile["kind"], more: Partial<JobFile> = {}): JobFile {
  return { path, kind, bytes: 10, modified: 0, ...more };
}

const list = [
  file("output.log", "record"),
  file("work/epoch=4.ckpt", "checkpoint", { modified: 4, bytes: 500 }),
  file("work/epoch=12.ckpt", "checkpoint", { modified: 12, bytes: 500 }),
  file("samples/final/10.wav", "sample"),
  file("samples/final/2.wav", "sample"),
  file("outputs/voice.onnx", "output", { bytes: 100 }),
];

describe("groups of files", () => {
  it("has what one came for first, the newest checkpoint first, and counts sizes", () => {
    expect(groupsOf(list).map(({ kind, files, bytes }) => [kind, files.length, bytes])).toEqual([
      ["output", 1, 100],
      ["checkpoint", 2, 1000],
      ["sample", 2, 20],
      ["record", 1, 10],
    ]);
    expect(groupsOf(list)[1]?.files[0]?.path).toBe("work/epoch=12.ckpt");
    expect(bytesOf(list)).toBe(1130);
  });

  it("sorts names as a person would", () => {
    expect(groupsOf(list)[2]?.files.map((each) => each.path)).toEqual([
      "samples/final/2.wav",
      "samples/final/10.wav",
    ]);
  });
});

it("knows which of the chosen files are still there", async () => {
  const files = new Files({ files: () => Promise.resolve(list) }, "job");
  await files.load();
  expect(files.chosen(["outputs/voice.onnx", "gone"]).map((each) => each.path)).toEqual([
    "outputs/voice.onnx",
  ]);
});
