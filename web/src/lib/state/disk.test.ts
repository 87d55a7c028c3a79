import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Disk, DiskItem } from "$lib/api/types";
import { AGAIN, DiskUse } from "./disk.svelte";

function item(id: string, more: Partial<DiskItem> = {}): DiskItem {
  return {
    id,
    kind: "environments",
    name: id,
    path: `/home/envs/${id}`,
    bytes: 10,
    shared: null,
    made: null,
    jobs: [],
    state: "unused",
    cleanable: true,
    note: "",
    ...more,
  };
}

function disk(items: DiskItem[], complete = true): Disk {
  const group = { kind: "environments" as const, bytes: 0, count: items.length, complete, items };
  return { home: "/home", total: 100, free: 50, bytes: 20, complete, groups: [group] };
}

function control(...answers: Disk[]) {
  const look = vi.fn();
  for (const answer of answers) look.mockResolvedValueOnce(answer);
  const clean = vi.fn((ids: readonly string[]) =>
    Promise.resolve({
      items: [...ids],
      freed: 0,
      refused: [] as { id: string; sentence: string }[],
    }),
  );
  return { disk: look, clean };
}

describe("what was chosen", () => {
  it("is what can be cleaned, the largest first, with its size", async () => {
    const items = [
      item("small"),
      item("large", { bytes: 30 }),
      item("busy", { state: "in-use", cleanable: false }),
    ];
    const use = new DiskUse(control(disk(items)));
    await use.look();
    use.choose(["small", "large", "busy", "gone"], true);
    expect(use.chosen.map((each) => each.id)).toEqual(["large", "small"]);
    expect(use.chosenBytes).toBe(40);
    use.choose(["large"], false);
    expect(use.has("large")).toBe(false);
    expect(use.chosenBytes).toBe(10);
    use.clear();
    expect(use.chosen).toEqual([]);
  });

  it("counts what comes free: not what other places hold too", async () => {
    const use = new DiskUse(control(disk([item("a", { bytes: 10, shared: 4 })])));
    await use.look();
    use.choose(["a"], true);
    expect(use.chosenBytes).toBe(6);
  });

  it("says when a size is only the least it can be", async () => {
    const use = new DiskUse(control(disk([item("a"), item("b", { bytes: null })])));
    await use.look();
    use.choose(["a"], true);
    expect(use.chosenMeasured).toBe(true);
    use.choose(["b"], true);
    expect(use.chosenMeasured).toBe(false);
    expect(use.chosenBytes).toBe(10);
  });

  it("offers what nothing needs", async () => {
    const use = new DiskUse(control(disk([item("a"), item("b", { state: "kept" })])));
    await use.look();
    expect(use.unused.map((each) => each.id)).toEqual(["a"]);
  });
});

describe("cleaning", () => {
  it("leaves what was refused chosen, and what was cleaned not", async () => {
    const calls = control(disk([item("a"), item("b")]));
    calls.clean.mockResolvedValueOnce({
      items: ["a"],
      freed: 10,
      refused: [{ id: "b", sentence: "A job uses it." }],
    });
    const use = new DiskUse(calls);
    await use.look();
    use.choose(["a", "b"], true);
    const cleaning = use.clean();
    expect(use.cleaning).toBe(true);
    const cleaned = await cleaning;
    expect(calls.clean).toHaveBeenCalledWith(["a", "b"]);
    expect(cleaned.refused).toHaveLength(1);
    expect(use.cleaning).toBe(false);
    expect(use.chosen.map((each) => each.id)).toEqual(["b"]);
  });

  it("ends when it fails", async () => {
    const calls = control(disk([item("a")]));
    calls.clean.mockRejectedValueOnce(new Error("gone"));
    const use = new DiskUse(calls);
    await use.look();
    use.choose(["a"], true);
    await expect(use.clean()).rejects.toThrow("gone");
    expect(use.cleaning).toBe(false);
    expect(use.has("a")).toBe(true);
  });
});

describe("watching", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("asks again for as long as sizes are being counted", async () => {
    const calls = control(disk([], false), disk([], false), disk([], true));
    const use = new DiskUse(calls);
    const watching = use.watch(new AbortController().signal);
    await vi.advanceTimersByTimeAsync(2 * AGAIN);
    await watching;
    expect(calls.disk).toHaveBeenCalledTimes(3);
    expect(use.disk?.complete).toBe(true);
  });

  it("ends when a look fails: that is for the reader to try again", async () => {
    const calls = control(disk([], false));
    calls.disk.mockRejectedValueOnce(new Error("gone"));
    const use = new DiskUse(calls);
    const watching = use.watch(new AbortController().signal);
    await vi.advanceTimersByTimeAsync(AGAIN);
    await watching;
    expect(use.failure?.message).toBe("gone");
    expect(use.disk?.complete).toBe(false);
  });

  it("ends with its signal", async () => {
    const calls = control(disk([], false));
    const ending = new AbortController();
    const watching = new DiskUse(calls).watch(ending.signal);
    await vi.advanceTimersByTimeAsync(AGAIN / 2);
    ending.abort();
    await watching;
    expect(calls.disk).toHaveBeenCalledOnce();
  });
});
