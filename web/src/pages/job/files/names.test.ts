import { expect, it } from "vitest";
import { shownName } from "./names";

it.each([
  ["outputs/a/voice.onnx", "output", "a/voice.onnx"],
  ["samples/final/01.wav", "sample", "final/01.wav"],
  ["work/train/checkpoints/epoch=1-step=9.ckpt", "checkpoint", "epoch=1-step=9.ckpt"],
  ["work/train/runs/2026/global_step36/layer_00.pt", "checkpoint", "global_step36/layer_00.pt"],
  ["last.ckpt", "checkpoint", "last.ckpt"],
  ["steps/1.json", "record", "steps/1.json"],
] as const)("calls %s, a file of the kind %s, %s", (path, kind, name) => {
  expect(shownName({ path, kind })).toBe(name);
});
