import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Visit } from "./visit.svelte";

let held: Map<string, string>;
let now: number;
let visit: Visit;

beforeEach(() => {
  vi.useFakeTimers();
  held = new Map();
  now = 0;
  const control = {
    keepSecret: (name: string, value: string) => Promise.resolve(void held.set(name, value)),
    forget: () => {
      held.clear();
      return Promise.resolve();
    },
  };
  visit = new Visit(
    () => control,
    () => now,
  );
});

afterEach(() => {
  vi.useRealTimers();
});

/** So many minutes go by. */
function wait(minutes: number): void {
  now += minutes * 60_000;
  vi.advanceTimersByTime(minutes * 60_000);
}

describe("a visit", () => {
  it("begins with the keys that were typed, and ends without any", async () => {
    expect(visit.standing).toBe("out");
    await visit.enter({ RUNPOD_API_KEY: "rpa_1", HF_TOKEN: "" });
    expect(visit.standing).toBe("in");
    expect([...held]).toEqual([["RUNPOD_API_KEY", "rpa_1"]]);
    await visit.forget();
    expect(visit.standing).toBe("out");
    expect(held.size).toBe(0);
    expect(visit.forgotten).toBe("");
  });

  it("may be without keys", async () => {
    await visit.enter({});
    expect(visit.standing).toBe("in");
    expect(held.size).toBe(0);
  });

  it("ends when nobody touches the page for as long as was chosen", async () => {
    await visit.enter({ RUNPOD_API_KEY: "rpa_1" });
    visit.idle = 15;
    const stop = visit.watch();
    wait(14);
    window.dispatchEvent(new Event("keydown"));
    wait(14);
    expect(visit.standing).toBe("in");
    wait(2);
    expect(visit.standing).toBe("out");
    expect(visit.forgotten).toBe("idle");
    await vi.waitFor(() => {
      expect(held.size).toBe(0);
    });
    stop();
  });

  it("goes on for ever otherwise, and when nobody watches", async () => {
    await visit.enter({ RUNPOD_API_KEY: "rpa_1" });
    const stop = visit.watch();
    wait(1000);
    expect(visit.standing).toBe("in");
    stop();
    visit.idle = 15;
    wait(1000);
    expect(visit.standing).toBe("in");
  });
});
