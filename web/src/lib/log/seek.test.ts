import { describe, expect, it } from "vitest";
import { seek } from "./seek";

/** A log of so many lines, and a way to read it as the server does. */
function log(lines: readonly string[]) {
  const bytes = new TextEncoder().encode(lines.join("\n") + "\n");
  const reads: number[] = [];
  const read = (offset: number, limit: number) => {
    reads.push(offset);
    const part = bytes.slice(offset, offset + limit);
    return Promise.resolve({
      bytes: part,
      start: offset,
      next: offset + part.length,
      size: bytes.length,
      reset: false,
    });
  };
  const offsetOf = (line: number) =>
    new TextEncoder().encode(lines.slice(0, line).join("\n")).length + (line ? 1 : 0);
  return { read, reads, offsetOf, size: bytes.length };
}

const plainLines = (n: number, special: Record<number, string> = {}) =>
  Array.from({ length: n }, (_, i) => special[i] ?? `line ${i} ${"é".repeat(40)}`);

const wanted = (text: string, from: number, direction: "back" | "on") => ({
  text,
  from,
  direction,
  signal: new AbortController().signal,
  onprogress: () => undefined,
});

describe("looking through a whole log", () => {
  const lines = plainLines(60_000, {
    3: "Needle one",
    30_000: "a \x1b[31mnee\x1b[0mDLE in two colours",
    59_990: "the last needle",
  });
  const { read, offsetOf, size, reads } = log(lines);

  it("finds the nearest line before, through colours and in any case", async () => {
    expect(size).toBeGreaterThan(5 << 20);
    expect(await seek(read, wanted("needle", size, "back"))).toBe(offsetOf(59_990));
    expect(await seek(read, wanted("needle", offsetOf(59_990), "back"))).toBe(offsetOf(30_000));
    expect(await seek(read, wanted("NEEDLE", offsetOf(30_000), "back"))).toBe(offsetOf(3));
    expect(await seek(read, wanted("needle", offsetOf(3), "back"))).toBeNull();
  });

  it("finds the nearest line after", async () => {
    expect(await seek(read, wanted("needle", 0, "on"))).toBe(offsetOf(3));
    expect(await seek(read, wanted("needle", offsetOf(4), "on"))).toBe(offsetOf(30_000));
    expect(await seek(read, wanted("needle", offsetOf(59_991), "on"))).toBeNull();
  });

  it("looks no further than it has to", async () => {
    reads.length = 0;
    await seek(read, wanted("needle", size, "back"));
    expect(reads).toHaveLength(1);
  });

  it("finds a line that lies across the edges of pieces", async () => {
    const edge = log(["x".repeat((1 << 20) - 5), "needle across", ...plainLines(30_000)]);
    expect(await seek(edge.read, wanted("needle across", 0, "on"))).toBe(edge.offsetOf(1));
    const back = log([...plainLines(2), "needle across", "y".repeat((1 << 20) - 6)]);
    expect(await seek(back.read, wanted("needle across", back.size, "back"))).toBe(
      back.offsetOf(2),
    );
  });

  it("says how far it is", async () => {
    const at: number[] = [];
    const search = {
      ...wanted("nowhere", size, "back"),
      onprogress: (offset: number) => at.push(offset),
    };
    expect(await seek(read, search)).toBeNull();
    expect(at).toEqual([...at].sort((a, b) => b - a));
    expect(at.at(-1)).toBe(0);
  });

  it("ends when it is told to", async () => {
    const ended = new AbortController();
    const reading = (offset: number, limit: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      return read(offset, limit);
    };
    const search = seek(reading, {
      ...wanted("nowhere", size, "back"),
      signal: ended.signal,
      onprogress: () => {
        ended.abort();
      },
    });
    await expect(search).rejects.toThrow("abort");
  });
});
