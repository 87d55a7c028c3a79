import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { System } from "$lib/api/types";
import { REMEMBERED, SystemFigures } from "./system.svelte";

const gpu: System["gpus"][number] = {
  id: "GPU-1",
  index: 0,
  model: "A40",
  rehearsal: false,
  use: 0.5,
  memory_used: 1,
  memory_total: 2,
  temperature: 50,
  power: 100,
  power_limit: 300,
  job: null,
};

function figures(t: number, more: Partial<System> = {}): System {
  return {
    t,
    host: "here",
    system: "Linux",
    python: "3.13",
    uptime: 1,
    cpu: { model: null, cores: 2, use: t / 100, load: null },
    memory: { total: 200, used: 50, available: 150 },
    disks: [],
    gpus: [],
    driver: null,
    ...more,
  };
}

function begin(answer: () => Promise<System> = () => Promise.resolve(figures(1))) {
  return new SystemFigures({ system: vi.fn(answer) });
}

describe("SystemFigures", () => {
  it("begins with nothing known", () => {
    const system = begin();
    expect(system.now).toBeUndefined();
    expect(system.cpu).toEqual([]);
    expect(system.gpu("GPU-1")).toEqual([]);
  });

  it("remembers the newest figures, in order", () => {
    const system = begin();
    system.hear(figures(1));
    system.hear(figures(2));
    expect(system.now?.t).toBe(2);
    expect(system.cpu).toEqual([0.01, 0.02]);
    expect(system.memory).toEqual([0.25, 0.25]);
  });

  it("hears the same figures once, and never older ones", () => {
    const system = begin();
    for (const t of [2, 2, 1]) system.hear(figures(t));
    expect(system.cpu).toEqual([0.02]);
  });

  it("forgets what is long ago", () => {
    const system = begin();
    for (let t = 1; t <= REMEMBERED + 5; t++) system.hear(figures(t));
    expect(system.cpu).toHaveLength(REMEMBERED);
    expect(system.cpu[0]).toBe(0.06);
  });

  it("keeps a line for each GPU, and drops that of one that is gone", () => {
    const system = begin();
    system.hear(figures(1, { gpus: [gpu, { ...gpu, id: "GPU-2", use: null }] }));
    expect(system.gpu("GPU-1")).toEqual([0.5]);
    expect(system.gpu("GPU-2")).toEqual([null]);
    system.hear(figures(2, { gpus: [gpu] }));
    expect(system.gpu("GPU-1")).toEqual([0.5, 0.5]);
    expect(system.gpu("GPU-2")).toEqual([]);
  });
});

describe("asking", () => {
  it("gives the first figures", async () => {
    const system = begin();
    await system.look();
    expect(system.now?.t).toBe(1);
    expect(system.failure).toBeUndefined();
  });

  it("says why it failed, until figures come by another way", async () => {
    const system = begin(() => Promise.reject(new Error("gone")));
    await system.look();
    expect(system.failure).toEqual(new Error("gone"));
    system.hear(figures(1));
    expect(system.failure).toBeUndefined();
    await system.look();
    expect(system.failure).toBeUndefined();
  });

  it("is silent when it was ended", async () => {
    const system = begin(() => Promise.reject(new Error("ended")));
    await system.look(AbortSignal.abort());
    expect(system.failure).toBeUndefined();
  });
});

describe("silence", () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("counts by the page's own clock, and only when it is long", () => {
    const system = begin();
    expect(system.silentFor(9_999)).toBeNull();
    system.hear(figures(5));
    expect(system.silentFor(1_004)).toBeNull();
    expect(system.silentFor(1_040)).toBe(40);
    vi.advanceTimersByTime(40_000);
    system.hear(figures(7));
    expect(system.silentFor(1_041)).toBeNull();
  });
});
