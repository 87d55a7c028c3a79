import { beforeAll, expect, it } from "vitest";
import { useLocale } from "$lib/format";
import { notePicked, pickedWords } from "./picked";

beforeAll(() => {
  useLocale(["en"]);
});

it("says what was picked by its name, count and size", () => {
  notePicked("picked:1/voice", { name: "voice", files: 412, bytes: 38_000_000 });
  notePicked("picked:2/", { name: "", files: 2, bytes: 10 });
  expect(pickedWords("picked:1/voice")).toBe("voice, 412 files, 38 MB");
  expect(pickedWords("picked:2/")).toBe("2 files, 10 B");
});

it("has the name alone where nothing more is known, and says of a pod's job that it was sent", () => {
  expect(pickedWords("picked:3/train.py")).toBe("train.py");
  expect(pickedWords(`input:${"0".repeat(64)}`)).toBe("files that were sent to the pod");
});

it.each(["/data/voice", "hf:me/voice", "", 3, null, "input:voice"])("%j says itself", (value) => {
  notePicked("/data/voice", { name: "voice", files: 1, bytes: 1 });
  expect(pickedWords(value)).toBeNull();
});
