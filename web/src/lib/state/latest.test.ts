import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Latest } from "./latest.svelte";

/** Questions that are answered by hand. */
function asked() {
  const open: { what: string; signal: AbortSignal; answer(a: string): void; fail(): void }[] = [];
  const ask = (what: string, signal: AbortSignal) =>
    new Promise<string>((resolve, reject) => {
      open.push({
        what,
        signal,
        answer: resolve,
        fail() {
          reject(new Error("no"));
        },
      });
    });
  return { open, ask };
}

const turn = () => vi.advanceTimersByTimeAsync(0);

describe("Latest", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("waits for a rest, and asks the newest alone", async () => {
    const { open, ask } = asked();
    const latest = new Latest(ask, 400);
    latest.ask("a");
    await vi.advanceTimersByTimeAsync(399);
    latest.ask("b");
    expect(latest.busy).toBe(true);
    await vi.advanceTimersByTimeAsync(400);
    expect(open.map(({ what }) => what)).toEqual(["b"]);
    open[0]?.answer("B");
    await turn();
    expect(latest.answer).toBe("B");
    expect(latest.busy).toBe(false);
  });

  it("ends an old question, and drops its answer when that comes all the same", async () => {
    const { open, ask } = asked();
    const latest = new Latest(ask, 0);
    latest.ask("a");
    await turn();
    latest.ask("b");
    await turn();
    expect(open[0]?.signal.aborted).toBe(true);
    open[1]?.answer("B");
    await turn();
    open[0]?.answer("A");
    await turn();
    expect(latest.answer).toBe("B");
  });

  it("keeps the old answer until there is a new one, and when there is none", async () => {
    const { open, ask } = asked();
    const latest = new Latest(ask, 0);
    latest.ask("a");
    await turn();
    open[0]?.answer("A");
    await turn();
    latest.ask("b");
    await turn();
    expect(latest.answer).toBe("A");
    open[1]?.fail();
    await turn();
    expect([latest.answer, latest.error]).toEqual(["A", new Error("no")]);
  });

  it("asks the same once, and again only if it failed", async () => {
    const { open, ask } = asked();
    const latest = new Latest(ask, 0);
    latest.ask("a");
    await turn();
    open[0]?.fail();
    await turn();
    latest.ask("a");
    await turn();
    open[1]?.answer("A");
    await turn();
    latest.ask("a");
    await turn();
    expect(open).toHaveLength(2);
    expect(latest.error).toBeUndefined();
  });

  it("tries again at once when asked to", async () => {
    const { open, ask } = asked();
    const latest = new Latest(ask, 400);
    latest.retry(); // nothing was asked yet
    latest.ask("a");
    await vi.advanceTimersByTimeAsync(400);
    open[0]?.fail();
    await turn();
    latest.retry();
    expect(open.map(({ what }) => what)).toEqual(["a", "a"]);
  });

  it("asks without a rest for who waits, who hears of the newest", async () => {
    const { open, ask } = asked();
    const latest = new Latest(ask, 400);
    await latest.settled(); // nothing is open
    latest.ask("a");
    let settled = false;
    const waiting = latest.settled().then(() => (settled = true));
    latest.ask("b");
    open[0]?.answer("A");
    await vi.advanceTimersByTimeAsync(400);
    expect(settled).toBe(false);
    open[1]?.answer("B");
    await waiting;
    expect(latest.answer).toBe("B");
  });

  it("can be cancelled, and asked the same again", async () => {
    const { open, ask } = asked();
    const latest = new Latest(ask, 0);
    latest.ask("a");
    await turn();
    const waiting = latest.settled();
    latest.cancel();
    await waiting;
    expect(open[0]?.signal.aborted).toBe(true);
    expect(latest.busy).toBe(false);
    latest.ask("a");
    await turn();
    expect(open).toHaveLength(2);
  });

  it("forgets what it was told", async () => {
    const { open, ask } = asked();
    const latest = new Latest(ask, 0);
    latest.ask("a");
    await turn();
    open[0]?.answer("A");
    await turn();
    latest.forget();
    expect(latest.answer).toBeUndefined();
    latest.ask("a");
    await turn();
    expect(open).toHaveLength(2);
  });
});
