import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { SeriesWanted } from "$lib/api/control";
import type { Line, LinesHandler } from "$lib/api/live-lines";
import type { Series } from "$lib/api/types";
import { ChartsState } from "./charts.svelte";

beforeEach(() => {
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Lines of metrics, each of ten bytes, read and followed as from the server. */
class Server {
  lines: Line[] = [];
  handler: LinesHandler | null = null;
  followedFrom = -1;
  strange: number[] = [];
  failure: Error | null = null;

  series = vi.fn((_id: string, wanted: SeriesWanted = {}): Promise<Series> => {
    if (this.failure) return Promise.reject(this.failure);
    const axis = wanted.x ?? "step";
    const lines = this.lines.filter((line) => {
      const x = Number(line[axis]);
      return x >= (wanted.begin ?? -Infinity) && x <= (wanted.end ?? Infinity);
    });
    // Thinned as far as it matters here: every tenth, unless few are asked for.
    const shown = lines.length > 100 ? lines.filter((_, at) => at % 10 === 0) : lines;
    return Promise.resolve({
      x: shown.map((line) => Number(line[axis])),
      names: ["loss"],
      columns: [shown.map((line) => Number(line["loss"]))],
      no_number: this.strange.length
        ? [{ name: "loss", count: this.strange.length, x: this.strange.slice(0, 2) }]
        : [],
      next: this.lines.length * 10,
      total: lines.length,
      thinned: shown !== lines,
    });
  });
  follow = (_id: string, offset: number, handler: LinesHandler) => {
    this.handler = handler;
    this.followedFrom = offset;
    return () => {
      this.handler = null;
    };
  };
  write(count: number, tell = true) {
    const from = this.lines.length;
    const more = Array.from({ length: count }, (_, at) => ({
      t: 1000 + from + at,
      step: from + at,
      loss: 100 / (from + at + 1),
    }));
    this.lines.push(...more);
    if (tell) this.handler?.lines(more, this.lines.length * 10, false);
  }
}

async function opened(lines: number) {
  const server = new Server();
  server.write(lines);
  const charts = new ChartsState(server, server.follow, "job");
  const close = charts.open();
  await vi.advanceTimersByTimeAsync(0);
  return { server, charts, close };
}

const steps = (charts: ChartsState) => charts.points("loss").x;
const upTo = (n: number) => Array.from({ length: n }, (_, at) => at);

describe("a job's metrics", () => {
  it("are fetched, and followed from where that ended", async () => {
    const { server, charts, close } = await opened(50);
    expect(charts.status).toBe("ready");
    expect(charts.names).toEqual(["loss"]);
    expect(steps(charts)).toEqual(upTo(50));
    expect(server.followedFrom).toBe(500);
    expect(charts.extent).toEqual([0, 49]);
    close();
    expect(server.handler).toBeNull();
  });

  it("go on as they come, each once", async () => {
    const { server, charts } = await opened(50);
    server.write(3);
    server.write(2);
    expect(steps(charts)).toHaveLength(50); // gathered for a moment
    await vi.advanceTimersByTimeAsync(300);
    expect(steps(charts)).toEqual(upTo(55));
    await charts.load();
    expect(steps(charts)).toEqual(upTo(55));
  });

  it("show what comes while they are empty", async () => {
    const { server, charts } = await opened(0);
    expect(charts.latest).toEqual([]);
    expect(charts.extent).toBeNull();
    server.handler?.lines([{ step: 1, lr: 0.1, nan: ["loss"] }], 10, false);
    await vi.advanceTimersByTimeAsync(300);
    expect(charts.names).toEqual(["lr", "loss"]);
    expect(charts.points("loss")).toEqual({ x: [1], y: [null] });
  });

  it("are thinned anew when many have come", async () => {
    const { server, charts } = await opened(50);
    for (let at = 0; at < 40; at++) server.write(100);
    await vi.advanceTimersByTimeAsync(300);
    expect(server.series).toHaveBeenCalledTimes(2);
    expect(steps(charts).length).toBeLessThan(500);
    server.write(2);
    await vi.advanceTimersByTimeAsync(300);
    expect(steps(charts).at(-1)).toBe(4051);
  });

  it("say where they were no number", async () => {
    const server = new Server();
    server.write(5);
    server.strange = [7, 8, 9, 10];
    const charts = new ChartsState(server, server.follow, "job");
    charts.open();
    await vi.advanceTimersByTimeAsync(0);
    expect(charts.strange(["loss"])).toEqual({ first: 7, count: 4 });
    server.handler?.lines(
      [
        { step: 11, nan: ["loss"] },
        { step: 12, loss: null },
      ],
      100,
      false,
    );
    await vi.advanceTimersByTimeAsync(300);
    expect(charts.strange(["loss"])).toEqual({ first: 7, count: 6 });
    expect(charts.strange(["lr"])).toBeNull();
  });

  it("begin again when the file did", async () => {
    const { server, charts } = await opened(50);
    server.handler?.lines([{ step: 7, loss: 1 }], 10, true);
    await vi.advanceTimersByTimeAsync(300);
    expect(steps(charts)).toEqual([7]);
  });

  it("can be had over time", async () => {
    const { server, charts } = await opened(5);
    charts.axis = "t";
    await vi.advanceTimersByTimeAsync(0);
    server.write(1);
    await vi.advanceTimersByTimeAsync(300);
    expect(steps(charts)).toEqual([1000, 1001, 1002, 1003, 1004, 1005]);
  });

  it("say why they can't be had, and try again", async () => {
    const server = new Server();
    server.failure = new Error("no");
    const charts = new ChartsState(server, server.follow, "job");
    charts.open();
    await vi.advanceTimersByTimeAsync(0);
    expect(charts.status).toBe("failed");
    server.failure = null;
    await charts.load();
    expect(charts.status).toBe("ready");
    expect(charts.error).toBeNull();
  });

  it("have a newest value each", async () => {
    const { charts } = await opened(4);
    expect(charts.latest).toEqual([{ name: "loss", value: 25, x: 3, least: 25, greatest: 100 }]);
  });
});

describe("a zoom", () => {
  it("brings detail, and stays while points arrive", async () => {
    const { server, charts } = await opened(1000);
    expect(steps(charts)).toHaveLength(100);
    charts.zoom([500, 520]);
    await vi.advanceTimersByTimeAsync(300);
    expect(server.series).toHaveBeenLastCalledWith(
      "job",
      expect.objectContaining({ begin: 490, end: 530 }),
      expect.anything(),
    );
    expect(steps(charts)).toEqual(expect.arrayContaining([495, 501, 502, 519]));
    server.write(3);
    await vi.advanceTimersByTimeAsync(300);
    expect(charts.range).toEqual([500, 520]);
    expect(steps(charts).at(-1)).toBe(1002);
  });

  it("asks once when one turns the wheel", async () => {
    const { server, charts } = await opened(1000);
    for (let at = 0; at < 10; at++) charts.zoomBy(0.8);
    await vi.advanceTimersByTimeAsync(300);
    expect(server.series).toHaveBeenCalledTimes(2);
  });

  it("goes around a point, and no further than there is", async () => {
    const { charts } = await opened(101);
    charts.zoomBy(0.5, 20);
    expect(charts.range).toEqual([10, 60]);
    charts.pan(-1);
    expect(charts.range).toEqual([0, 50]);
    charts.pan(0.5);
    expect(charts.range).toEqual([25, 75]);
    charts.zoomBy(10);
    expect(charts.range).toBeNull();
  });

  it("takes no empty range", async () => {
    const { charts } = await opened(10);
    charts.zoom([5, 5]);
    expect(charts.range).toBeNull();
  });
});

describe("how charts look", () => {
  it("is remembered by the browser", () => {
    const server = new Server();
    const charts = new ChartsState(server, server.follow, "job");
    expect(charts.smoothing).toBe(0.6);
    charts.smoothing = 0;
    charts.log = true;
    const next = new ChartsState(server, server.follow, "job");
    expect([next.smoothing, next.log]).toEqual([0, true]);
    next.smoothing = 7;
    expect(next.smoothing).toBe(0.99);
  });
});
