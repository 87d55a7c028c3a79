import { describe, expect, it } from "vitest";
import { pasted, rowsOf, same, tableOf } from "./table";

describe("a table of names and values", () => {
  it("is rows, and rows are a table", () => {
    const table = { A: "1", B: "" };
    expect(tableOf(rowsOf(table))).toEqual(table);
    expect(rowsOf({ A: 20 })).toEqual([{ name: "A", value: "20" }]);
    expect([rowsOf(null), rowsOf("x")]).toEqual([[], []]);
  });

  it("has no row without a name, and of two with the same one the last", () => {
    const rows = [
      { name: " A ", value: "1" },
      { name: "", value: "lost" },
      { name: "A", value: "2" },
    ];
    expect(tableOf(rows)).toEqual({ A: "2" });
  });

  it("is the same in another order", () => {
    expect(same({ A: "1", B: "2" }, { B: "2", A: "1" })).toBe(true);
    expect(same({ A: "1" }, { A: "2" })).toBe(false);
    expect(same({}, null)).toBe(true);
  });
});

describe("pasting", () => {
  it("takes what shells and .env files have", () => {
    const text = "# mine\nexport A=1\n\nB='two words'\r\nC=\"x=y\"\nD=\n";
    expect(tableOf(pasted(text))).toEqual({ A: "1", B: "two words", C: "x=y", D: "" });
  });

  it("takes nothing where any line is something else", () => {
    expect(pasted("A=1\nnot a variable")).toEqual([]);
    expect(pasted("hello")).toEqual([]);
  });
});
