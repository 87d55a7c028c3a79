import { Terminal } from "@xterm/xterm";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Bytes } from "$lib/log/bytes";
import { TerminalScreen } from "./terminalScreen";

const encode = (text: string): Bytes => new TextEncoder().encode(text);
const open: Terminal[] = [];

afterEach(() => {
  for (const terminal of open.splice(0)) terminal.dispose();
});

function made({ cols = 40, rows = 5, scrollback = 1000 } = {}) {
  const terminal = new Terminal({
    cols,
    rows,
    scrollback,
    convertEol: true,
    allowProposedApi: true,
  });
  open.push(terminal);
  const hooks = {
    gapText: (bytes: number) => `${bytes} left out`,
    drawn: vi.fn(),
    scrolled: vi.fn(),
    gapChosen: vi.fn(),
  };
  const screen = new TerminalScreen(terminal, hooks);
  const drawn = () =>
    vi.waitFor(() => {
      expect(screen.pending).toBe(0);
      expect(hooks.drawn).toHaveBeenCalled();
    });
  const lines = () => {
    const { active } = terminal.buffer;
    const all = Array.from({ length: active.length }, (_, row) =>
      active.getLine(row)?.translateToString(true),
    );
    return all.join("\n").trimEnd().split("\n");
  };
  return { terminal, screen, hooks, drawn, lines };
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `line ${from + at}\n`).join("");

describe("a log in a terminal", () => {
  it("shows bytes, letters across pieces too", async () => {
    const { screen, drawn, lines } = made();
    const bytes = encode("für\nalle\n");
    await screen.replace(bytes.subarray(0, 2), 0, "end");
    screen.append(bytes.subarray(2, 6), 2);
    screen.append(bytes.subarray(6), 6);
    await drawn();
    expect(lines()).toEqual(["für", "alle"]);
  });

  it("draws a bar in one line, however wide it is", async () => {
    const { screen, drawn, lines } = made({ cols: 10 });
    await screen.replace(encode("begin\n"), 0, "end");
    for (const percent of [1, 50, 100]) {
      screen.append(encode(`\r${percent}% of a bar that takes three rows`), 6);
      await drawn();
    }
    screen.append(encode("\nnext"), 6);
    await drawn();
    expect(lines()).toEqual(["begin", "100% of a ", "bar that t", "akes three", " rows", "next"]);
  });

  it("knows where what stands", async () => {
    const { terminal, screen } = made();
    const [before, after] = [numbered(0, 50), numbered(50, 100)];
    const edge = 1000 + before.length;
    await screen.replace(encode(before + after), 1000, { offset: edge, rows: 0 });
    const { active } = terminal.buffer;
    expect(active.getLine(active.viewportY)?.translateToString(true)).toBe("line 50");
    expect(screen.place).toEqual({ offset: edge, rows: 0 });
    expect(screen.rowAt(edge)).toBe(50);
    expect(screen.first).toBe(1000);
    expect([screen.atTop, screen.atBottom, screen.full]).toEqual([false, false, true]);
    terminal.scrollLines(-3);
    expect(screen.place).toEqual({ offset: 1000, rows: 47 });
  });

  it("forgets where that was which scrolled out of its memory", async () => {
    const { terminal, screen, drawn } = made({ scrollback: 1000 });
    const long = ("x".repeat(19) + "\n").repeat(4000);
    await screen.replace(encode(long), 0, "end");
    await drawn();
    expect(screen.room).toBe(0);
    expect(screen.first).toBeGreaterThan(long.length - 1005 * 20);
    terminal.scrollToTop();
    const { offset, rows } = screen.place ?? { offset: 0, rows: 0 };
    expect(offset / 20 + rows).toBe(4000 - 1004); // the first row that is left
  });

  it("knows its end where no other place is left", async () => {
    const { screen, drawn } = made({ scrollback: 100 });
    await screen.replace(encode("\n".repeat(5000)), 7000, "end");
    await drawn();
    expect(screen.first).toBe(12_000);
    expect(screen.place).toEqual({ offset: 12_000, rows: -4 });
  });

  it("shows a gap that leads to what was left out", async () => {
    const { terminal, screen, hooks, drawn, lines } = made();
    await screen.replace(encode("half a li"), 0, "end");
    screen.gap(9, 5000);
    screen.append(encode("ne\nand on\n"), 5000);
    await drawn();
    expect(lines()).toEqual(["half a li", "4991 left out", "ne", "and on"]);
    const provider = vi.spyOn(terminal, "registerLinkProvider");
    const other = new TerminalScreen(terminal, hooks);
    await other.replace(encode("a\n"), 0, "end");
    other.gap(2, 9);
    await vi.waitFor(() => {
      expect(lines()).toContain("7 left out");
    });
    const links = new Promise((answer) => {
      provider.mock.calls[0]?.[0].provideLinks(2, answer);
    });
    const [link] = (await links) as [{ text: string; activate: () => void }];
    expect(link.text).toBe("7 left out");
    link.activate();
    expect(hooks.gapChosen).toHaveBeenCalledWith({ from: 2, to: 9 });
  });

  it("gives what is in sight as text, its long lines whole", async () => {
    const { screen } = made({ cols: 10, rows: 4 });
    await screen.replace(encode("one\na line of more than ten\ntwo"), 0, "end");
    expect(screen.text()).toBe("a line of more than ten\ntwo\n");
  });

  it("draws only the newest of what takes its place", async () => {
    const { screen, lines } = made();
    const first = screen.replace(encode("old\n".repeat(5000)), 0, "end");
    const second = screen.replace(encode("new\n"), 0, "end");
    await Promise.all([first, second]);
    expect(lines()).toEqual(["new"]);
  });

  it("does nothing that the log tells it to, but colours", async () => {
    const { terminal, screen, lines } = made();
    const titled = vi.fn();
    const data = vi.fn();
    terminal.onTitleChange(titled);
    terminal.onData(data);
    const nasty = "\x1b]0;owned\x07\x1b[c\x1b[6n\x1b[2J\x1b[?1049hstill here\x1bc\x1b]8;;x\x07!\n";
    await screen.replace(encode(`before\n${nasty}`), 0, "end");
    expect(lines()).toEqual(["before", "still here!"]);
    expect(titled).not.toHaveBeenCalled();
    expect(data).not.toHaveBeenCalled();
  });
});
