import { expect, it } from "vitest";
import { called } from "./called";
import { readFields } from "./schema";

const every = (unit: string) => ({ type: "integer", title: "Save every", unit, default: 0 });
const fields = readFields({
  properties: {
    vae_path: { type: "string", title: "VAE", default: "" },
    shift: { type: "number", title: "Shift", default: 1 },
    save_every_n_epochs: every("epochs"),
    save_every_n_steps: every("steps"),
    directories: {
      type: "array",
      title: "Dataset",
      default: [],
      items: {
        type: "object",
        properties: { skip_empty_caption: { type: "boolean", title: "Leave out" } },
      },
    },
  },
});

it.each([
  ["It needs “vae_path”, and it is empty.", "It needs “VAE”, and it is empty."],
  ["Set “shift” to 1.", "Set “Shift” to 1."],
  ["Turn skip_empty_caption off.", "Turn “Leave out” off."],
  ["Set vae_path, or not.", "Set “VAE”, or not."],
  [
    "Set “save_every_n_epochs” or “save_every_n_steps”.",
    "Set “Save every … epochs” or “Save every … steps”.",
  ],
])("says of %s", (text, said) => {
  expect(called(text, fields)).toBe(said);
});

it.each([
  "A shift in /data/vae_path/a.png is none.", // a word, a path
  "Look into work/vae_path or vae_path.txt.",
  "“vae_paths” is not known.",
  "The name of vae_path_2.",
])("leaves alone: %s", (text) => {
  expect(called(text, fields)).toBe(text);
});
