import type { SearchAddon } from "@xterm/addon-search";
import type { Terminal } from "@xterm/xterm";
import { describe, expect, it, vi } from "vitest";
import type { LogState } from "$lib/state/log.svelte";
import { Finder } from "./finder.svelte";

/** A log of lines of ten bytes, of which the screen shows some. */
function made(whole: string, shown: { start: number; end: number }) {
  const bytes = new TextEncoder().encode(whole);
  let selected: { start: { x: number; y: number } } | undefined;
  const rows = () => whole.slice(shown.start, shown.end).split("\n");
  const finds = (text: string, back: boolean) => {
    const found = rows().flatMap((row, y) => (row.includes(text) ? [y] : []));
    const at = selected?.start.y ?? (back ? rows().length : -1);
    const next = back
      ? (found.findLast((y) => y < at) ?? found.at(-1))
      : (found.find((y) => y > at) ?? found[0]);
    if (next !== undefined) selected = { start: { x: 0, y: next } };
    return next !== undefined;
  };
  const terminal = {
    clearSelection: () => (selected = undefined),
    getSelectionPosition: () => selected,
    select: (_x: number, y: number) => (selected = { start: { x: 0, y: y - 0.5 } }),
  };
  const search = {
    findNext: (text: string) => finds(text, false),
    findPrevious: (text: string) => finds(text, true),
    clearDecorations: vi.fn(),
    onDidChangeResults: () => undefined,
  };
  const log = {
    get start() {
      return shown.start;
    },
    get end() {
      return shown.end;
    },
    size: bytes.length,
    get atEnd() {
      return shown.end === bytes.length;
    },
    jump: vi.fn((offset: number) => {
      shown = { start: Math.max(0, offset - 20), end: Math.min(bytes.length, offset + 30) };
      return Promise.resolve();
    }),
  };
  const read = vi.fn((_id: string, offset: number, limit: number, signal?: AbortSignal) => {
    signal?.throwIfAborted();
    const part = bytes.slice(offset, offset + limit);
    const next = offset + part.length;
    return Promise.resolve({ bytes: part, start: offset, next, size: bytes.length, reset: false });
  });
  const finder = new Finder({ log: read }, log as unknown as LogState, "job", {
    terminal: terminal as unknown as Terminal,
    search: search as unknown as SearchAddon,
    looks: () => ({ matchOverviewRuler: "#000000", activeMatchColorOverviewRuler: "#000000" }),
    rowAt: (offset) => (offset - shown.start) / 10,
  });
  const row = () => rows()[Math.floor(selected?.start.y ?? -1)];
  return { finder, log, read, row };
}

const line = (n: number, word: string) => `${String(n).padStart(3, "0")} ${word.padEnd(5)}\n`;
const whole = Array.from({ length: 50 }, (_, n) =>
  line(n, [3, 40, 44, 45].includes(n) ? "NEEDL" : "hay"),
).join("");

describe("searching a log", () => {
  it("begins with the newest match in sight, and goes back", async () => {
    const { finder, row, read } = made(whole, { start: 390, end: 500 });
    await finder.look("NEEDL");
    expect(row()).toBe("045 NEEDL");
    await finder.go("back");
    expect(row()).toBe("044 NEEDL");
    await finder.go("on");
    expect(row()).toBe("045 NEEDL");
    expect(read).not.toHaveBeenCalled();
  });

  it("goes on in the rest of the log where the part in sight has no more", async () => {
    const { finder, row, log } = made(whole, { start: 390, end: 500 });
    await finder.look("NEEDL");
    await finder.go("back");
    await finder.go("back");
    expect(row()).toBe("040 NEEDL");
    await finder.go("back");
    expect(log.jump).toHaveBeenCalledWith(30);
    expect(row()).toBe("003 NEEDL");
    await finder.go("on");
    expect(log.jump).toHaveBeenLastCalledWith(400);
    expect(row()).toBe("040 NEEDL");
  });

  it("says when there is none in all of it", async () => {
    const { finder, log } = made(whole, { start: 390, end: 500 });
    await finder.look("straw");
    expect(finder.exhausted).toBeNull();
    await finder.go("back");
    expect(finder.exhausted).toBe("back");
    expect(finder.seeking).toBeNull();
    expect(log.jump).not.toHaveBeenCalled();
  });

  it("goes around where all of the log is in sight", async () => {
    const { finder, row, read } = made(whole, { start: 0, end: 500 });
    await finder.look("NEEDL");
    for (let times = 0; times < 4; times++) await finder.go("back");
    expect(row()).toBe("045 NEEDL");
    expect(read).not.toHaveBeenCalled();
  });

  it("ends when it is told to, or when another text is looked for", async () => {
    const { finder, read, log } = made(whole, { start: 390, end: 500 });
    await finder.look("hidden");
    const going = finder.go("back");
    finder.cancel();
    await going;
    expect(finder.seeking).toBeNull();
    expect(log.jump).not.toHaveBeenCalled();
    expect(finder.failed).toBe(false);
    read.mockRejectedValueOnce(new Error("no"));
    await finder.go("back");
    expect(finder.failed).toBe(true);
    await finder.look("");
    expect(finder.failed).toBe(false);
  });
});
