import { describe, expect, it } from "vitest";
import { everything, fits, fromSearch, toSearch } from "./jobFilter";
import { jobRow } from "./jobsForTests";

describe("the filter in the address", () => {
  it.each([
    ["", everything],
    ["?state=running", { ...everything, group: "running" }],
    ["?recipe=piper&text=bn+voice", { group: "all", recipe: "piper", text: "bn voice" }],
    ["?state=failed&text=%3Cb%3E%26", { group: "failed", recipe: "", text: "<b>&" }],
  ])("%s is read and written", (search, filter) => {
    expect(fromSearch(search)).toEqual(filter);
    expect(fromSearch(toSearch(filter as never))).toEqual(filter);
  });

  it("takes what it doesn't know for everything", () => {
    expect(fromSearch("?state=sleeping&page=3")).toEqual(everything);
    expect(fromSearch("?state=constructor")).toEqual(everything);
  });

  it("writes only what is asked for", () => {
    expect(toSearch(everything)).toBe("");
    expect(toSearch({ ...everything, text: "  " })).toBe("");
    expect(toSearch({ ...everything, text: " a b " })).toBe("?text=a+b");
  });
});

describe("fits", () => {
  const row = jobRow("20261122-120000-first-voice", { name: "First Voice", state: "training" });

  it.each([
    [{ text: "voice first" }, true],
    [{ text: "20261122" }, true],
    [{ text: "local" }, true],
    [{ text: "voice other" }, false],
    [{ recipe: "piper" }, true],
    [{ recipe: "script" }, false],
    [{ group: "running" as const }, true],
    [{ group: "waiting" as const }, false],
  ])("%o: %s", (filter, expected) => {
    expect(fits(row, { ...everything, ...filter })).toBe(expected);
  });

  it("shows a job that can't be read among all, and in no group", () => {
    const unreadable = jobRow("x", { state: null });
    expect(fits(unreadable, everything)).toBe(true);
    expect(fits(unreadable, { ...everything, group: "failed" })).toBe(false);
  });
});
