import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Once } from "./once";

const later = <T>() => {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  return { promise, resolve, reject };
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("what several want", () => {
  it("is asked once while it is fresh", async () => {
    const once = new Once(1000);
    const ask = vi.fn().mockImplementation(() => Promise.resolve(ask.mock.calls.length));
    expect(await Promise.all([once.ask("a", ask), once.ask("a", ask)])).toEqual([1, 1]);
    vi.advanceTimersByTime(999);
    expect(await once.ask("a", ask)).toBe(1);
    expect(await once.ask("b", ask)).toBe(2);
    vi.advanceTimersByTime(1);
    expect(await once.ask("a", ask)).toBe(3);
  });

  it("is asked again after it failed, or was forgotten", async () => {
    const once = new Once(1000);
    await expect(once.ask("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await once.ask("a", () => Promise.resolve(1))).toBe(1);
    once.forget("b");
    expect(await once.ask("a", () => Promise.resolve(2))).toBe(1);
    once.forget("a");
    expect(await once.ask("a", () => Promise.resolve(3))).toBe(3);
    once.forget();
    expect(await once.ask("a", () => Promise.resolve(4))).toBe(4);
  });

  it("goes on as long as one waits, and ends with the last", async () => {
    const once = new Once(1000);
    const { promise, resolve } = later<string>();
    let ended: AbortSignal | undefined;
    const ask = (signal: AbortSignal) => {
      ended = signal;
      return promise;
    };
    const [first, second] = [new AbortController(), new AbortController()];
    const one = once.ask("a", ask, first.signal);
    const other = once.ask("a", ask, second.signal);
    first.abort();
    await expect(one).rejects.toMatchObject({ name: "AbortError" });
    expect(ended?.aborted).toBe(false);
    resolve("there");
    expect(await other).toBe("there");
    expect(ended?.aborted).toBe(false);
  });

  it("is given up with the last who waits, and asked anew by the next", async () => {
    const once = new Once(1000);
    const signals: AbortSignal[] = [];
    const ask = (signal: AbortSignal) => {
      signals.push(signal);
      return signals.length === 1 ? later<string>().promise : Promise.resolve("anew");
    };
    const gone = new AbortController();
    const one = once.ask("a", ask, gone.signal);
    gone.abort();
    await expect(one).rejects.toMatchObject({ name: "AbortError" });
    expect(signals[0]?.aborted).toBe(true);
    expect(await once.ask("a", ask)).toBe("anew");
    await expect(once.ask("a", ask, gone.signal)).rejects.toMatchObject({ name: "AbortError" });
  });
});
