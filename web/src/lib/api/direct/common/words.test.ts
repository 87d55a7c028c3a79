import { describe, expect, it } from "vitest";
import known from "../golden/words.json?raw";
import { madeAt, newHome, newJobId, newToken, parsePodName, podName } from "./names";
import { hidden, money, quoted, shellQuoted, soon, span } from "./words";

interface Known {
  money: [number, string][];
  span: [number, string][];
  soon: [number, string][];
  pod_name: [[string, string], string][];
  parse: [string, [string, string] | null][];
}

const golden = JSON.parse(known) as Known;

describe("words are Python's", () => {
  it.each(golden.money)("%s dollars are %s", (dollars, words) => {
    expect(money(dollars)).toBe(words);
  });
  it.each(golden.span)("%s seconds are %s", (seconds, words) => {
    expect(span(seconds)).toBe(words);
  });
  it.each(golden.soon)("in %s seconds is in %s", (seconds, words) => {
    expect(soon(seconds)).toBe(words);
  });
  it.each(golden.pod_name)("%s is the pod %s", (parts, name) => {
    expect(podName(...parts)).toBe(name);
  });
  it.each(golden.parse)("a pod called %s", (name, parts) => {
    const found = parsePodName(name);
    expect(found && [found.home, found.job]).toEqual(parts);
  });
});

describe("names of this visit", () => {
  it("are as long and plain as Python's", () => {
    expect(newHome()).toMatch(/^[0-9a-f]{8}$/);
    expect(newToken()).toMatch(/^[\w-]{43}$/);
    expect(newToken()).not.toBe(newToken());
  });

  it("are ids that sort by time, and none is given twice", () => {
    const now = new Date(2026, 10, 22, 14, 30, 5);
    const taken = new Set(["20261122-143005-grosse-stimme"]);
    const id = newJobId("  Größe Stimme!", now, (each) => taken.has(each));
    expect(id).toBe("20261122-143005-groe-stimme"); // ß has no letters in ASCII
    expect(newJobId("grosse Stimme", now, (each) => taken.has(each))).toMatch(/-stimme-2$/);
    expect(newJobId("声", now, () => false)).toBe("20261122-143005-job");
    expect(madeAt(id)).toBe(now.getTime() / 1000);
    expect(madeAt("job")).toBeNull();
  });
});

describe("what others said", () => {
  it("is on one line, and cut", () => {
    expect(quoted("a\n\tb\u001b[31m  c")).toBe("a b [31m c");
    expect(quoted("x".repeat(400))).toHaveLength(300);
  });

  it("has stars over secrets, also where part of one is quoted", () => {
    const secret = "rpa_0123456789";
    expect(hidden(`key ${secret}!`, [secret])).toBe(`key ${"*".repeat(14)}!`);
    expect(hidden("key rpa_0123…", [secret])).toBe("key ********…");
    expect(hidden("abc abc", ["abc"])).toBe("abc abc");
  });

  it("is one word of a shell", () => {
    expect([shellQuoted(""), shellQuoted("a-b.c"), shellQuoted("it's")]).toEqual([
      "''",
      "a-b.c",
      `'it'"'"'s'`,
    ]);
  });
});
