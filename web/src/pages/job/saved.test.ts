import { expect, it } from "vitest";
import type { JobEvent, JobFile } from "$lib/api/types";
import { newestFirst, newestOf, savedOf } from "./saved";

function saved(name: string, t: number, more: Record<string, unknown> = {}): JobEvent {
  const about = { file: `../outputs/${name}.safetensors`, epoch: t, step: 10 * t, bytes: 5 };
  return { t, event: "saved", about: { ...about, ...more } };
}

function file(name: string, modified: number, bytes = 5): JobFile {
  return { path: `outputs/${name}`, kind: "output", bytes, modified };
}

it("knows what was saved, the newest first", () => {
  const events = [
    saved("a-epoch1", 1),
    { t: 2, event: "checkpoint", about: { path: "train/global_step10" } },
    saved("a-epoch2", 2),
  ];
  expect(savedOf(events)).toEqual([
    { path: "outputs/a-epoch2.safetensors", epoch: 2, step: 20, bytes: 5, at: 2 },
    { path: "outputs/a-epoch1.safetensors", epoch: 1, step: 10, bytes: 5, at: 1 },
  ]);
});

it("counts what was saved anew once, as the newest", () => {
  const events = [saved("a-epoch1", 1), saved("a-epoch2", 2), saved("a-epoch1", 3)];
  expect(savedOf(events).map(({ at }) => at)).toEqual([3, 2]);
});

it("takes nothing that lies elsewhere, and no figure for known that isn't", () => {
  expect(savedOf([saved("a", 1, { file: "train/a" }), saved("b", 2, { file: null })])).toEqual([]);
  expect(savedOf([saved("a", 1, { epoch: null, step: undefined })])[0]).toMatchObject({
    epoch: null,
    step: null,
  });
});

it("lists the newest and its other name first, then the older ones, then all else by name", () => {
  const told = savedOf([saved("a-epoch1", 1), saved("a-epoch2", 2), saved("a-epoch10", 3)]);
  const files = [
    file("README.md", 4, 900),
    file("a-epoch1.safetensors", 1),
    file("a-epoch2.safetensors", 2),
    file("a-epoch10.safetensors", 3),
    file("adapter.safetensors", 3),
  ];
  expect(newestFirst(files, told).map(({ path }) => path.slice("outputs/".length))).toEqual([
    "a-epoch10.safetensors",
    "adapter.safetensors",
    "a-epoch2.safetensors",
    "a-epoch1.safetensors",
    "README.md",
  ]);
  expect([...newestOf(files, told)]).toEqual([
    "outputs/a-epoch10.safetensors",
    "outputs/adapter.safetensors",
  ]);
});

it("leaves files as they are where nothing was saved early, or the newest isn't there yet", () => {
  const files = [file("voice.onnx", 2), file("voice.json", 2)];
  expect(newestFirst(files, [])).toEqual(files);
  expect(newestFirst(files, savedOf([saved("a-epoch1", 1)]))).toEqual(files);
  expect(newestOf(files, savedOf([saved("a-epoch1", 1)])).size).toBe(0);
});
