import { describe, expect, it, vi } from "vitest";
import type { LogHandler } from "$lib/api/live-log";
import { ProblemError } from "$lib/api/problem";
import { countLines, joined, type Bytes } from "$lib/log/bytes";
import { LogState, PIECE, TAIL, type Place, type Screen } from "./log.svelte";

const encode = (text: string): Bytes => new TextEncoder().encode(text);

/** Remembers what it was given, as long as it is told to. Draws at once, unless it is `slow`. */
class Paper implements Screen {
  columns = 80;
  room = 100_000;
  pending = 0;
  full = true;
  slow = false;
  start = 0;
  text = "";
  at: Place | "end" = "end";
  gaps: [number, number][] = [];
  ends = 0;

  get first() {
    return this.start;
  }
  get place() {
    return { offset: this.start, rows: 0 };
  }
  replace(bytes: Bytes, start: number, at: Place | "end") {
    this.start = start;
    this.text = new TextDecoder().decode(bytes);
    this.at = at;
    this.gaps = [];
    return Promise.resolve();
  }
  append(bytes: Bytes) {
    this.text += new TextDecoder().decode(bytes);
    if (this.slow) this.pending += bytes.length;
  }
  gap(from: number, to: number) {
    this.gaps.push([from, to]);
    this.text += "[gap]";
  }
  toEnd() {
    this.ends += 1;
  }
}

/** A log of numbered lines that grows, read and followed as from the server. */
class Server {
  bytes: Bytes = encode("");
  handler: LogHandler | null = null;
  followedFrom = -1;
  reads: [number, number][] = [];
  failure: Error | null = null;
  #lines = 0;

  constructor(lines = 0) {
    this.#grow(lines);
  }
  log = vi.fn((_id: string, offset: number, limit: number) => {
    if (this.failure) return Promise.reject(this.failure);
    this.reads.push([offset, limit]);
    const start = offset < 0 ? Math.max(0, this.bytes.length + offset) : offset;
    const bytes = this.bytes.slice(start, start + limit);
    return Promise.resolve({
      bytes,
      start,
      next: start + bytes.length,
      size: this.bytes.length,
      reset: false,
    });
  });
  follow = (_id: string, offset: number, handler: LogHandler) => {
    this.followedFrom = offset;
    this.handler = handler;
    return () => {
      this.handler = null;
    };
  };
  /** Writes lines, and tells of them unless told not to. */
  write(lines: number, tell = true) {
    const start = this.bytes.length;
    this.#grow(lines);
    if (tell) this.handler?.bytes(this.bytes.slice(start), start);
  }
  from(offset: number) {
    return new TextDecoder().decode(this.bytes.slice(offset));
  }
  #grow(lines: number) {
    const more = Array.from({ length: lines }, () => {
      this.#lines += 1;
      return `line ${this.#lines} ${"·".repeat(20)}\n`;
    });
    this.bytes = joined([this.bytes, encode(more.join(""))]);
  }
}

async function opened(lines: number, offset?: number) {
  const server = new Server(lines);
  const log = new LogState(server, server.follow, "job");
  const screen = new Paper();
  const close = log.open(screen, offset);
  await settled(log);
  return { server, log, screen, close };
}

const settled = (log: LogState) =>
  vi.waitFor(() => {
    expect(log.moving).toBe(false);
  });

describe("opening", () => {
  it("shows the end of a large log, in whole lines, and follows from there", async () => {
    const { server, log, screen } = await opened(100_000);
    expect(server.reads).toEqual([[-TAIL, TAIL]]);
    expect(screen.text).toBe(server.from(log.start));
    expect(screen.text).toMatch(/^line \d+ /);
    expect(server.followedFrom).toBe(server.bytes.length);
    expect(log).toMatchObject({ status: "ready", atEnd: true, following: true, fresh: 0 });
  });

  it("shows a small log whole", async () => {
    const { server, log, screen } = await opened(3);
    expect(screen.text).toBe(server.from(0));
    expect(log.start).toBe(0);
  });

  it("fetches more where a bar that was drawn for hours fills no screen", async () => {
    const server = new Server(40_000);
    server.bytes = joined([server.bytes, encode("\r 50% of it".repeat(100_000))]);
    const log = new LogState(server, server.follow, "job");
    const screen = new Paper();
    vi.spyOn(screen, "full", "get").mockImplementation(() => countLines(encode(screen.text)) > 50);
    log.open(screen);
    await settled(log);
    expect(countLines(encode(screen.text))).toBeGreaterThan(50);
    expect(log.atEnd).toBe(true);
    expect(server.from(log.start)).toBe(screen.text);
  });

  it("says when it can't be read, and tries again", async () => {
    const server = new Server(5);
    server.failure = new ProblemError({ detail: "No.", status: 500 } as never);
    const log = new LogState(server, server.follow, "job");
    const screen = new Paper();
    log.open(screen);
    await vi.waitFor(() => {
      expect(log.status).toBe("failed");
    });
    expect(log.error).toBe(server.failure);
    expect(server.handler).toBeNull();
    server.failure = null;
    await log.retry();
    expect(log.status).toBe("ready");
    expect(screen.text).toBe(server.from(0));
  });

  it("can begin at an offset", async () => {
    const { log, screen, server } = await opened(100_000, 1_000_000);
    expect(screen.at).toEqual({ offset: 1_000_000, rows: -2 });
    expect(log.start).toBeLessThan(1_000_000);
    expect(log.end).toBeGreaterThan(1_000_000);
    expect(log.atEnd).toBe(false);
    expect(server.from(log.start).startsWith(screen.text)).toBe(true);
  });

  it("leaves when it is closed", async () => {
    const { server, close } = await opened(3);
    close();
    expect(server.handler).toBeNull();
  });
});

describe("what comes live", () => {
  it("is shown once and whole", async () => {
    const { server, log, screen } = await opened(10);
    server.write(5);
    server.write(5);
    expect(screen.text).toBe(server.from(0));
    expect(log.end).toBe(server.bytes.length);
    expect(log.fresh).toBe(0);
  });

  it("is shown once where it comes twice, as after a break", async () => {
    const { server, screen } = await opened(10);
    server.write(5);
    server.handler?.began?.(0, server.bytes.length);
    server.handler?.bytes(server.bytes.slice(20), 20);
    server.write(1);
    expect(screen.text).toBe(server.from(0));
  });

  it("is fetched where something is missing before it", async () => {
    const { server, log, screen } = await opened(10);
    server.write(3, false);
    server.write(3);
    await settled(log);
    expect(screen.text).toBe(server.from(0));
  });

  it("that came while a part was fetched is not lost", async () => {
    const { server, log, screen } = await opened(20_000);
    log.looked(false);
    const going = log.back();
    server.write(7);
    await going;
    await settled(log);
    expect(log.atEnd).toBe(true);
    expect(screen.text).toBe(server.from(log.start));
    expect(log.fresh).toBe(7);
  });

  it("is counted while one looks elsewhere", async () => {
    const { server, log, screen } = await opened(10);
    log.looked(false);
    server.write(3);
    server.write(4);
    expect(log.fresh).toBe(7);
    expect(screen.text).toBe(server.from(0));
    log.looked(true);
    expect(log.fresh).toBe(0);
    expect(log.following).toBe(true);
  });

  it("pushes nothing out that one reads", async () => {
    const { server, log, screen } = await opened(10);
    log.looked(false);
    screen.room = 2;
    const before = screen.text;
    server.write(5);
    expect(screen.text).toBe(before);
    expect(log.atEnd).toBe(false);
    expect(log.fresh).toBe(5);
    screen.room = 1000;
    await log.on(); // scrolled down
    expect(screen.text).toBe(server.from(0));
    expect(log.atEnd).toBe(true);
  });

  it("begins again when the file did", async () => {
    const { server, log, screen } = await opened(10);
    server.handler?.reset?.();
    expect(screen.text).toBe("");
    server.handler?.bytes(encode("new\n"), 0);
    expect(screen.text).toBe("new\n");
    expect(log.end).toBe(4);
  });
});

describe("a page that is too slow", () => {
  it("is told of what the server left out", async () => {
    const { server, log, screen } = await opened(10);
    const from = server.bytes.length;
    server.write(100, false);
    const to = server.bytes.length;
    server.handler?.skipped?.(from, to);
    server.write(1);
    expect(screen.gaps).toEqual([[from, to]]);
    expect(log.gaps).toEqual([{ from, to }]);
    expect(screen.text.split("[gap]")[1]).toBe(server.from(to));
  });

  it("leaves out what it could not draw, and says so", async () => {
    const { server, log, screen } = await opened(10);
    screen.slow = true;
    const before = server.bytes.length;
    for (let i = 0; i < 40; i++) server.write(1000);
    expect(log.end - before).toBeLessThan(1.2 * (1 << 20)); // no queue without an end
    const [drawnTo, missed] = [log.end, server.bytes.length];
    expect(missed - drawnTo).toBeGreaterThan(PIECE);
    screen.pending = 0;
    screen.slow = false;
    log.drawn();
    await settled(log);
    expect(log.gaps).toEqual([{ from: drawnTo, to: missed - TAIL }]);
    expect(screen.text.split("[gap]")[1]).toBe(server.from(missed - TAIL));
    server.write(1);
    expect(log.end).toBe(server.bytes.length);
  });

  it("fetches what was little", async () => {
    const { server, log, screen } = await opened(10);
    screen.pending = 2 << 20;
    server.write(50);
    screen.pending = 0;
    log.drawn();
    await settled(log);
    expect(log.gaps).toEqual([]);
    expect(screen.text).toBe(server.from(0));
  });

  it("shows a gap's bytes when one goes there", async () => {
    const { server, log, screen } = await opened(10);
    const from = server.bytes.length;
    server.write(100, false);
    server.handler?.skipped?.(from, server.bytes.length);
    await log.jump(from);
    expect(log.gaps).toEqual([]);
    expect(screen.text).toBe(server.from(0));
  });
});

describe("moving through a large log", () => {
  it("goes back piece by piece, and stays where one looked", async () => {
    const { server, log, screen } = await opened(100_000);
    const start = log.start;
    log.looked(false);
    await log.back();
    expect(screen.at).toEqual({ offset: start, rows: 0 });
    expect(start - log.start).toBeGreaterThan(PIECE * 0.9);
    expect(server.from(log.start).startsWith(screen.text)).toBe(true);
    expect(screen.text).toMatch(/^line \d+ /);
  });

  it("holds no more than a window, however far one goes", async () => {
    const { server, log, screen } = await opened(200_000);
    log.looked(false);
    while (log.start > 0) {
      const before = log.start;
      await log.back();
      expect(log.start).toBeLessThan(before);
      expect(log.end - log.start).toBeLessThanOrEqual(4 * PIECE);
      expect(countLines(encode(screen.text))).toBeLessThanOrEqual(16_000);
      expect(screen.text).toBe(new TextDecoder().decode(server.bytes.slice(log.start, log.end)));
    }
    expect(log.atEnd).toBe(false);
    const calls = server.reads.length;
    await log.back(); // there is nothing before the first line
    expect(server.reads).toHaveLength(calls);
  });

  it("comes back to the end, and follows there", async () => {
    const { server, log, screen } = await opened(50_000);
    await log.toStart();
    expect(log.start).toBe(0);
    expect(log.following).toBe(false);
    server.write(10);
    while (!log.atEnd) {
      expect(screen.text.endsWith("\n")).toBe(true);
      await log.on();
    }
    expect(log.end).toBe(server.bytes.length);
    expect(screen.text).toBe(server.from(0));
    log.looked(true);
    server.write(2);
    expect(log.following).toBe(true);
    expect(screen.text).toBe(server.from(0));
  });

  it("goes to the end at once", async () => {
    const { server, log, screen } = await opened(50_000);
    await log.toStart();
    server.write(10);
    await log.toEnd();
    expect(log).toMatchObject({ atEnd: true, following: true, fresh: 0 });
    expect(screen.text).toBe(server.from(log.start));
    await log.toEnd(); // already there: only the view moves
    expect(screen.ends).toBe(1);
  });

  it("takes lines of one letter and lines without an end", async () => {
    const server = new Server();
    server.bytes = encode("a\n".repeat(300_000) + "b".repeat(900_000) + "\n");
    const log = new LogState(server, server.follow, "job");
    const screen = new Paper();
    log.open(screen);
    await settled(log);
    log.looked(false);
    for (let moves = 0; log.start > 0; moves++) {
      expect(moves).toBeLessThan(60);
      await log.back();
      expect(screen.text).toBe(new TextDecoder().decode(server.bytes.slice(log.start, log.end)));
    }
  });

  it("ends a move when another begins", async () => {
    const { log, screen } = await opened(50_000);
    const first = log.jump(2_000_000);
    const second = log.jump(300_000);
    await Promise.all([first, second]);
    expect(screen.at).toEqual({ offset: 300_000, rows: -2 });
    expect(log.moving).toBe(false);
  });

  it("stays where it was when a part can't be read", async () => {
    const { server, log, screen } = await opened(50_000);
    const before = screen.text;
    server.failure = new Error("gone");
    log.looked(false);
    await log.back();
    expect(log).toMatchObject({ status: "ready", moving: false, error: server.failure });
    expect(screen.text).toBe(before);
  });
});
