import { describe, expect, it } from "vitest";
import { Cleaner, plain } from "./clean";

const clean = (...pieces: string[]) => {
  const cleaner = new Cleaner();
  return pieces.map((piece) => cleaner.clean(piece)).join("");
};

describe("what reaches the terminal", () => {
  it("keeps colours, moves in a line and erasing", () => {
    const kept = "\x1b[1;31mred\x1b[0m \x1b[38;2;1;2;3mrgb\x1b[m\x1b[2K\x1b[1A\x1b[12G\ttab\b\r\n";
    expect(clean(kept)).toBe(kept);
  });

  it.each([
    ["a title", "\x1b]0;owned\x07"],
    ["a title ended by ST", "\x1b]2;owned\x1b\\"],
    ["a link", "\x1b]8;;javascript:alert(1)\x1b\\"],
    ["the clipboard", "\x1b]52;c;cm0gLXJmIC8=\x07"],
    ["other colours for all", "\x1b]10;#000000\x07\x1b]4;1;#000\x07"],
    ["a reset", "\x1bc"],
    ["a soft reset", "\x1b[!p"],
    ["clearing the screen", "\x1b[2J\x1b[3J"],
    ["another screen", "\x1b[?1049h"],
    ["mouse reports", "\x1b[?1003h\x1b[?2004h"],
    ["questions", "\x1b[c\x1b[6n\x1b[>c\x1bZ"],
    ["absolute moves", "\x1b[1;1H\x1b[5d\x1b[2;4r"],
    ["line drawing", "\x1b(0\x0e"],
    ["device strings", "\x1bP1$r0m\x1b\\\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\"],
    ["bell, form feed, escape by one byte", "\x07\x0b\x0c\x00\x7f"],
    ["a move of ten thousand lines", "\x1b[10000A"],
  ])("leaves out %s", (_, nasty) => {
    expect(clean(`a${nasty}b`)).toBe("ab");
    // whatever the pieces are that it comes in
    expect(clean(...Array.from(`a${nasty}b`))).toBe("ab");
  });

  it("leaves out controls of eight bits, whose content is then plain text", () => {
    expect(clean("a\x9b31mb\x9dtitle\x9c")).toBe("a31mbtitle");
  });

  it("lets no title without an end eat the log", () => {
    expect(clean("\x1b]0;never ends\nnext line\n")).toBe("\nnext line\n");
    expect(clean("\x1b]0;never", " ends", "\nnext\n")).toBe("\nnext\n");
  });

  it("goes on after a sequence that is broken off", () => {
    expect(clean("\x1b[31\nnext")).toBe("\nnext");
    expect(clean("\x1b", "[3", "1", "mred")).toBe("\x1b[31mred");
    expect(clean(`\x1b[${"1;".repeat(500)}`, "\ntext")).toContain("\ntext");
  });

  it("lets only what is allowed through, whatever comes", () => {
    const parts = [
      "\x1b",
      "[",
      "]",
      "?",
      "1",
      ";",
      "m",
      "A",
      "J",
      "h",
      "P",
      "\\",
      "\x07",
      "\n",
      "x",
    ];
    let seed = 7;
    const random = (n: number) => (seed = (seed * 48271) % 2147483647) % n;
    for (let round = 0; round < 3000; round++) {
      const pieces = Array.from({ length: 4 }, () =>
        Array.from({ length: random(8) }, () => parts[random(parts.length)]).join(""),
      );
      const left = clean(...pieces).replaceAll(
        // eslint-disable-next-line no-control-regex
        /\x1b\[(?:[\d;:]*m|\d{0,4}[ABCDG]|[012]?K|0?J)/g,
        "",
      );
      expect(left).not.toContain("\x1b");
      expect(left).not.toContain("\x07");
    }
  });
});

describe("plain text", () => {
  it("has no colours", () => {
    expect(plain("\x1b[1mbold\x1b[0m and \x1b]8;;http://x\x07link\x1b]8;;\x07")).toBe(
      "bold and link",
    );
  });
});
