import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket } from "./fakeSocket";
import { Live } from "./live";
import type { LogHandler } from "./live-log";

const signedIn = vi.fn<() => Promise<boolean>>();
const states: string[] = [];
let live: Live;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1); // the longest of each jittered wait
  FakeSocket.made.length = 0;
  states.length = 0;
  signedIn.mockResolvedValue(true);
  live = new Live({
    open: () => new FakeSocket() as unknown as WebSocket,
    signedIn,
    changed: ({ state }) => states.push(state),
  });
});

afterEach(() => {
  live.stop();
  vi.useRealTimers();
});

function connect(server?: string): FakeSocket {
  live.start();
  return FakeSocket.last().open(server);
}

/** Breaks the connection and lets the page open the next one. */
async function reconnect(server?: string): Promise<FakeSocket> {
  FakeSocket.last().close();
  await vi.advanceTimersByTimeAsync(250);
  return FakeSocket.last().open(server);
}

/** Notes all that a log tells, in order. */
function notes(): { told: string[]; handler: LogHandler } {
  const told: string[] = [];
  return {
    told,
    handler: {
      began: (start, size) => told.push(`began ${start}/${size}`),
      bytes: (bytes, start) => told.push(`${start}:${new TextDecoder().decode(bytes)}`),
      reset: () => told.push("reset"),
      skipped: (from, to) => told.push(`skipped ${from}-${to}`),
      failed: (problem) => told.push(problem.detail),
    },
  };
}

describe("the connection", () => {
  it("is open once the server says hello", () => {
    connect("boot-1");
    expect(states).toEqual(["connecting", "open"]);
    expect([live.server, live.version]).toEqual(["boot-1", "1.0"]);
  });

  it("opens itself again, with waits that double up to ten seconds", async () => {
    connect();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      FakeSocket.last().close();
      await vi.advanceTimersByTimeAsync(0);
      waits.push(live.retryAt - Date.now());
      await vi.advanceTimersToNextTimerAsync();
      while (live.state === "waiting") await vi.advanceTimersToNextTimerAsync();
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it("waits shortly again after it was open", async () => {
    connect();
    FakeSocket.last().close();
    await vi.advanceTimersByTimeAsync(250);
    FakeSocket.last().close();
    await vi.advanceTimersByTimeAsync(500);
    FakeSocket.last().open();
    FakeSocket.last().close();
    await vi.advanceTimersByTimeAsync(0);
    expect(live.retryAt - Date.now()).toBe(250);
  });

  it("jitters its waits, so that many pages don't come back at once", async () => {
    vi.mocked(Math.random).mockReturnValue(0);
    connect();
    FakeSocket.last().close();
    await vi.advanceTimersByTimeAsync(0);
    expect(live.retryAt - Date.now()).toBe(125);
  });

  it.each([
    ["the network is back", () => window.dispatchEvent(new Event("online"))],
    ["the page is looked at", () => document.dispatchEvent(new Event("visibilitychange"))],
    [
      "somebody asks",
      () => {
        live.retry();
      },
    ],
  ])("tries at once when %s", async (_, happen) => {
    connect();
    FakeSocket.last().close();
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSocket.made).toHaveLength(1);
    happen();
    expect(FakeSocket.made).toHaveLength(2);
  });

  it("gives up a socket that is silent for longer than the server ever is", async () => {
    const socket = connect();
    await vi.advanceTimersByTimeAsync(14_000);
    socket.say({ channel: "beat" });
    await vi.advanceTimersByTimeAsync(14_000);
    expect(live.state).toBe("open");
    await vi.advanceTimersByTimeAsync(3000);
    expect(FakeSocket.made.length).toBeGreaterThan(1);
  });

  it("gives up an attempt that leads nowhere", async () => {
    live.start();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(FakeSocket.made.length).toBeGreaterThan(1);
  });

  it("stops trying when the page is signed out", async () => {
    signedIn.mockResolvedValue(false);
    live.start();
    FakeSocket.last().close();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states).toEqual(["connecting", "refused"]);
    expect(FakeSocket.made).toHaveLength(1);
    live.start(); // signed in again
    expect(FakeSocket.made).toHaveLength(2);
  });

  it("is quiet after it was stopped", async () => {
    connect();
    live.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    window.dispatchEvent(new Event("online"));
    expect(FakeSocket.made).toHaveLength(1);
    expect(live.state).toBe("idle");
  });
});

describe("following", () => {
  it("asks when it opens, and leaves when nobody is left", () => {
    const leave = live.job("one", vi.fn());
    const socket = connect();
    expect(socket.asked).toEqual([{ op: "follow", channel: "job", job: "one" }]);
    leave();
    expect(socket.asked.slice(1)).toEqual([{ op: "leave", channel: "job", job: "one" }]);
  });

  it("shares one follow between all who want a value, and tells late ones the last", async () => {
    const [early, late] = [vi.fn(), vi.fn()];
    const socket = connect();
    const leaveEarly = live.job("one", early);
    socket.say({ channel: "job", job: "one", view: { id: "one" } });
    const leaveLate = live.job("one", late);
    await vi.advanceTimersByTimeAsync(0);
    expect(late.mock.calls).toEqual([[{ id: "one" }]]);
    socket.say({ channel: "job", job: "other", view: null });
    leaveEarly();
    socket.say({ channel: "job", job: "one", view: null });
    expect(early.mock.calls).toEqual([[{ id: "one" }]]);
    expect(late.mock.lastCall).toEqual([null]);
    leaveLate();
    expect(socket.asked.map(({ op }) => op)).toEqual(["follow", "leave"]);
  });

  it("says when the list of jobs is to be fetched: at first, and after each break", async () => {
    const handler = { began: vi.fn(), changed: vi.fn() };
    live.jobs(handler);
    const socket = connect();
    socket.say({ channel: "jobs", rows: [], removed: [], counts: {} });
    expect(handler.began).toHaveBeenCalledTimes(1);
    socket.say({ channel: "jobs", rows: [{ id: "one" }], removed: ["two"], counts: { failed: 1 } });
    expect(handler.changed.mock.calls).toEqual([[[{ id: "one" }], ["two"], { failed: 1 }]]);
    const next = await reconnect();
    next.say({ channel: "jobs", rows: [], removed: [], counts: {} });
    expect(handler.began).toHaveBeenCalledTimes(2);
  });

  it("tells a problem to whom it concerns", () => {
    const { told, handler } = notes();
    live.log("gone", 0, handler);
    const socket = connect();
    const about = { op: "follow", channel: "log", job: "gone", offset: 0 };
    socket.say({ channel: "error", about, problem: { detail: "There is no job “gone”." } });
    expect(told).toEqual(["There is no job “gone”."]);
  });
});

describe("a log", () => {
  it("comes as bytes and goes on after a break where it was", async () => {
    const { told, handler } = notes();
    live.log("one", -4, handler);
    const socket = connect();
    expect(socket.asked[0]).toMatchObject({ channel: "log", job: "one", offset: -4 });
    socket.say({ channel: "log", job: "one", number: 7, start: 100, size: 104 });
    socket.bytes(7, 100, "abcd");
    socket.bytes(7, 104, "é");
    const next = await reconnect("second");
    expect(next.asked[0]).toMatchObject({ offset: 106 });
    next.say({ channel: "log", job: "one", number: 1, start: 106, size: 106 });
    next.bytes(1, 106, "f");
    expect(told).toEqual(["began 100/104", "100:abcd", "104:é", "began 106/106", "106:f"]);
  });

  it("says what was left out, and goes on behind it", async () => {
    const { told, handler } = notes();
    live.log("one", 0, handler);
    const socket = connect();
    socket.say({ channel: "log", job: "one", number: 1, start: 0, size: 9 });
    socket.say({ channel: "log", job: "one", number: 1, skipped: [0, 5000] });
    socket.bytes(1, 5000, "end");
    expect(told.slice(1)).toEqual(["skipped 0-5000", "5000:end"]);
    expect((await reconnect()).asked[0]).toMatchObject({ offset: 5003 });
  });

  it("begins again when its file does, seen or during a break", async () => {
    const { told, handler } = notes();
    live.log("one", 0, handler);
    const socket = connect();
    socket.say({ channel: "log", job: "one", number: 1, start: 0, size: 3 });
    socket.bytes(1, 0, "old");
    socket.bytes(1, 0, "new", 1);
    const next = await reconnect();
    next.say({ channel: "log", job: "one", number: 1, start: 0, size: 1 });
    next.bytes(1, 0, "x");
    expect(told.slice(1)).toEqual(["0:old", "reset", "0:new", "reset", "began 0/1", "0:x"]);
  });

  it("takes no bytes of a follow that was left", () => {
    const { told, handler } = notes();
    const socket = connect();
    live.log("one", 0, notes().handler)();
    live.log("one", 50, handler);
    socket.say({ channel: "log", job: "one", number: 2, start: 50, size: 50 });
    socket.bytes(1, 10, "late");
    socket.say({ channel: "log", job: "one", number: 1, skipped: [10, 20] });
    socket.bytes(2, 50, "mine");
    expect(told).toEqual(["began 50/50", "50:mine"]);
  });
});

describe("metrics", () => {
  it("come as lines from an offset on, and resume behind the last", async () => {
    const lines = vi.fn();
    live.metrics("one", 200, { lines });
    const socket = connect();
    expect(socket.asked[0]).toMatchObject({ channel: "metrics", offset: 200 });
    socket.say({ channel: "metrics", job: "one", lines: [{ late: 1 }], next: 90, reset: false });
    socket.say({ channel: "metrics", job: "one", lines: [], next: 200, reset: false });
    socket.say({ channel: "metrics", job: "one", lines: [{ step: 1 }], next: 230, reset: false });
    expect(lines.mock.calls).toEqual([[[{ step: 1 }], 230, false]]);
    expect((await reconnect()).asked[0]).toMatchObject({ offset: 230 });
  });

  it("say when their file began again", () => {
    const lines = vi.fn();
    live.events("one", 10, { lines });
    const socket = connect();
    socket.say({ channel: "events", job: "one", lines: [], next: 10, reset: false });
    socket.say({ channel: "events", job: "one", lines: [], next: 0, reset: true });
    expect(lines.mock.calls).toEqual([[[], 0, true]]);
  });

  it("have one follower a job: a new one takes the place of the old", () => {
    const [old, young] = [vi.fn(), vi.fn()];
    const socket = connect();
    const leave = live.metrics("one", 0, { lines: old });
    live.metrics("one", 5, { lines: young });
    leave(); // too late to matter
    socket.say({ channel: "metrics", job: "one", lines: [], next: 5, reset: false });
    socket.say({ channel: "metrics", job: "one", lines: [{}], next: 6, reset: false });
    expect(old).not.toHaveBeenCalled();
    expect(young).toHaveBeenCalledTimes(1);
    expect(socket.asked.map(({ op }) => op)).toEqual(["follow", "leave", "follow"]);
  });
});
