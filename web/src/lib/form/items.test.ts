import { describe, expect, it } from "vitest";
import { inOneLine, itemsOf } from "./items";

describe("several short values in one line", () => {
  it("are parted by commas or spaces", () => {
    expect(itemsOf("512, 768x512  1024;", false)).toEqual(["512", "768x512", "1024"]);
    expect(itemsOf("1, 33,", true)).toEqual([1, 33]);
    expect(itemsOf(" ", true)).toEqual([]);
  });

  it("keep what is no number, for the schema to refuse", () => {
    expect(itemsOf("1, x", true)).toEqual([1, "x"]);
  });

  it("are written as they are read", () => {
    expect(inOneLine([0.9, 0.99])).toBe("0.9, 0.99");
    expect(inOneLine(null)).toBe("");
  });
});
