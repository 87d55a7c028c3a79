import { describe, expect, it } from "vitest";
import { countLines, firstLine, firstRows, joined, lastLine, lastRows } from "./bytes";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (found: Uint8Array) => new TextDecoder().decode(found);

describe("lines in bytes", () => {
  it("are counted by their ends", () => {
    expect(countLines(bytes(""))).toBe(0);
    expect(countLines(bytes("a\nb\nc"))).toBe(2);
  });

  it("are whole from the first newline to the last", () => {
    expect(firstLine(bytes("half\nwhole\n"))).toBe(5);
    expect(firstLine(bytes("no newline"))).toBe(0);
    expect(firstLine(bytes("ends\n"))).toBe(0);
    expect(lastLine(bytes("whole\nhalf"))).toBe(6);
    expect(lastLine(bytes("no newline"))).toBe(10);
  });

  it("fill the end of a screen", () => {
    expect(text(lastRows(bytes("1\n2\n3\n"), 10, 2))).toBe("2\n3\n");
    expect(text(lastRows(bytes("1\n2\n3"), 10, 2))).toBe("2\n3");
    expect(text(lastRows(bytes("1\n\n3\n"), 10, 2))).toBe("\n3\n");
    expect(text(lastRows(bytes("1\n2\n"), 10, 9))).toBe("1\n2\n");
    // the long line takes three rows
    expect(text(lastRows(bytes("1\nabcdefghijklm\n3\n"), 5, 3))).toBe("3\n");
    expect(text(lastRows(bytes("1\nabcdefghijklm\n3\n"), 5, 4))).toBe("abcdefghijklm\n3\n");
  });

  it("fill the begin of a screen", () => {
    expect(text(firstRows(bytes("1\n2\n3\n"), 10, 2))).toBe("1\n2\n");
    expect(text(firstRows(bytes("1\nabcdefghijklm\n3\n"), 5, 3))).toBe("1\n");
    expect(text(firstRows(bytes("1\n2\n"), 10, 9))).toBe("1\n2\n");
  });

  it("are cut where one alone is too long", () => {
    expect(text(lastRows(bytes("abcdefghij"), 2, 3))).toBe("efghij");
    expect(text(firstRows(bytes("abcdefghij"), 2, 3))).toBe("abcdef");
  });

  it("take the room of what they were overwritten with", () => {
    const bar = "1%\r".repeat(50) + "100%\r\n";
    expect(text(lastRows(bytes(`a\n${bar}b\n`), 5, 3))).toBe(`a\n${bar}b\n`);
    expect(text(firstRows(bytes(`a\n${bar}b\n`), 5, 2))).toBe(`a\n${bar}`);
  });

  it("are joined in order", () => {
    expect(text(joined([bytes("a"), bytes(""), bytes("bc")]))).toBe("abc");
    expect(joined([])).toHaveLength(0);
  });
});
