import { expect, it } from "vitest";
import { useLocale } from "$lib/format";
import { inFull, inWords } from "./words";

it.each([
  [500, "500"],
  [1_000_000, "1,000,000"],
  [0.0002, "0.0002"],
  [true, "on"],
  [false, "off"],
  ["medium", "medium"],
  ["", "empty"],
  [null, "empty"],
  [[], "empty"],
  [["512", "768x512"], "512, 768x512"],
  [[1, 33], "1, 33"],
  [["How are you today?", "I am well."], "2 lines"],
  ["/home/somebody/recordings/of/a/voice", "/home/somebody/recordin…"],
  [{ a: 1 }, "1 entry"],
  [{}, "empty"],
])("says %j as %s", (value, words) => {
  useLocale(["en-US"]);
  expect(inWords(value)).toBe(words);
});

it.each([
  ["/home/somebody/recordings/of/a/voice", "/home/somebody/recordings/of/a/voice"],
  ["#!/bin/bash\necho a\n", "2 lines"],
  ["picked:9/voice", "voice"],
  [500, "500"],
  ["", "empty"],
])("says %j in full as %s", (value, words) => {
  expect(inFull(value)).toBe(words);
});
