import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Search } from "./search.svelte";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("a search", () => {
  it("asks once one rests, for the newest text only", async () => {
    const find = vi.fn((text: string) => Promise.resolve([text]));
    const search = new Search(find);
    search.ask("p");
    search.ask("pi");
    expect(search.busy).toBe(true);
    await vi.advanceTimersByTimeAsync(200);
    expect(find.mock.calls.map(([text]) => text)).toEqual(["pi"]);
    expect([search.results, search.busy]).toEqual([["pi"], false]);
  });

  it("forgets an answer that comes after a newer question", async () => {
    const waiting: ((found: string[]) => void)[] = [];
    const search = new Search<string>(() => new Promise((done) => waiting.push(done)));
    search.ask("old");
    await vi.advanceTimersByTimeAsync(200);
    search.ask("new");
    await vi.advanceTimersByTimeAsync(200);
    waiting[1]?.(["new"]);
    waiting[0]?.(["old"]);
    await vi.advanceTimersByTimeAsync(0);
    expect(search.results).toEqual(["new"]);
  });

  it("says when it failed, not when nobody waits any more", async () => {
    const search = new Search<string>(() => Promise.reject(new Error("gone")));
    search.ask("a");
    await vi.advanceTimersByTimeAsync(200);
    expect([search.failed, search.busy]).toEqual([true, false]);
    const ended = new Search<string>((_, signal) => Promise.reject(signal.reason as Error));
    ended.ask("a");
    await vi.advanceTimersByTimeAsync(119);
    ended.end();
    await vi.advanceTimersByTimeAsync(200);
    expect([ended.failed, ended.busy]).toEqual([false, false]);
  });
});
