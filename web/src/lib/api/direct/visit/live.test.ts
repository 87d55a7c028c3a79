// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JobDraft, JobRow, JobView } from "../../types";
import { testVisit, until, type TestVisit } from "../testing/visit";
import { DirectLive } from "./live";

let visit: TestVisit;
let live: DirectLive;
let page: EventTarget & { visibilityState: string };
beforeEach(async () => {
  visit = await testVisit();
  page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("window", new EventTarget());
  vi.stubGlobal("document", page);
  live = new DirectLive(() => Promise.resolve(visit.jobs));
});
afterEach(async () => {
  live.stop();
  await visit.close();
  vi.unstubAllGlobals();
});

const draft: JobDraft = {
  format: 1,
  recipe: "piper",
  name: "voice",
  settings: { dataset: "hf:me/recordings" },
  compute: { name: "runpod" },
  results: {},
};

async function running(): Promise<string> {
  const { id } = await visit.control.create(draft);
  await until(
    () => visit.control.job(id),
    ({ state }) => state === "preparing",
  );
  return id;
}

describe("what one listens to", () => {
  it("is a job as it is now and with each change, until it is removed", async () => {
    const id = await running();
    const heard: (JobView | null)[] = [];
    const leave = live.job(id, (view) => heard.push(view));
    await until(
      () => heard.length,
      (count) => count > 0,
    );
    visit.runpod.face.to({ state: "training" });
    await until(
      () => heard.at(-1)?.state,
      (state) => state === "training",
    );
    visit.jobs.remove(id);
    expect(heard.at(-1)).toBeNull();
    leave();
  });

  it("is the list's rows that change, with how many there are of each", async () => {
    const began = vi.fn();
    const changed: [readonly JobRow[], readonly string[], Record<string, number>][] = [];
    const leave = live.jobs({ began, changed: (...told) => changed.push(told) });
    const id = await running();
    await until(
      () => changed.at(-1)?.[2],
      (counts) => counts?.["preparing"] === 1,
    );
    expect(began).toHaveBeenCalledTimes(1);
    expect(changed.at(-1)?.[0].map((row) => row.id)).toEqual([id]);
    visit.jobs.remove(id);
    await until(
      () => changed.at(-1)?.[1],
      (removed) => removed?.includes(id) === true,
    );
    leave();
  });

  it("is a log from its end on, whose bytes come without a gap, also after a break", async () => {
    const id = await running();
    const { face } = visit.runpod;
    face.say("log", "one\ntwo\n");
    await until(
      () => visit.control.job(id),
      ({ log }) => log.bytes === 8,
    );
    let text = "";
    const began = vi.fn();
    const leave = live.log(id, -4, {
      began,
      bytes: (bytes, start) => {
        expect(start).toBe(4 + text.length);
        text += new TextDecoder().decode(bytes);
      },
    });
    await until(
      () => text,
      (now) => now === "two\n",
    );
    expect(began).toHaveBeenCalledWith(4, 8);
    face.say("log", "three\n");
    face.breakStreams();
    face.say("log", "four\n");
    await until(
      () => text,
      (now) => now === "two\nthree\nfour\n",
    );
    leave();
    face.say("log", "five\n");
    expect(text).not.toContain("five");
  });

  it("is a log that began again, with another folder of the pod", async () => {
    const id = await running();
    const { face } = visit.runpod;
    face.say("log", "before\n");
    let text = "";
    live.log(id, 0, {
      bytes: (bytes) => {
        text += new TextDecoder().decode(bytes);
      },
      reset: () => {
        text = "";
      },
    });
    await until(
      () => text,
      (now) => now === "before\n",
    );
    face.incarnation = "2";
    face.data.log = "anew\n";
    face.breakStreams();
    await until(
      () => text,
      (now) => now === "anew\n",
    );
  });

  it("is figures from where a chart has them, line by line", async () => {
    const id = await running();
    const { face } = visit.runpod;
    face.say("metrics", '{"step":1}\n');
    const { next } = await until(
      () => visit.control.series(id, { names: ["loss"] }),
      (series) => series.next === 11,
    );
    const steps: unknown[] = [];
    live.metrics(id, next, {
      lines: (lines, after) => {
        steps.push(...lines.map((line) => line["step"]), after);
      },
    });
    face.say("metrics", '{"step":2}\n{"step":3}\n');
    await until(
      () => steps.length,
      (count) => count === 3,
    );
    expect(steps).toEqual([2, 3, 33]);
  });

  it("is all that happened, of the page and of the pod, each once", async () => {
    const id = await running();
    const names: unknown[] = [];
    const leave = live.events(id, 0, {
      lines: (lines) => names.push(...lines.map((line) => line["event"])),
    });
    visit.runpod.face.event("checkpoint", { path: "x" });
    visit.runpod.face.event("attempt", { attempt: 1 }); // the page has said so itself
    visit.runpod.face.breakStreams();
    visit.runpod.face.event("sample", {});
    await until(
      () => names.at(-1),
      (name) => name === "sample",
    );
    expect(names.filter((name) => name === "attempt")).toHaveLength(1);
    expect(names.filter((name) => name === "checkpoint")).toHaveLength(1);
    leave();
  });

  it("begins again with a further attempt, which has a pod of its own", async () => {
    const id = await running();
    const { face } = visit.runpod;
    face.say("log", "first\n");
    face.say("metrics", '{"step":1}\n');
    let text = "";
    let events: unknown[] = [];
    let steps: unknown[] = [];
    const leave = [
      live.log(id, 0, {
        bytes: (bytes) => {
          text += new TextDecoder().decode(bytes);
        },
        reset: () => {
          text = "";
        },
      }),
      live.events(id, 0, {
        lines: (lines, _next, reset) => {
          events = [...(reset ? [] : events), ...lines.map((line) => line["event"])];
        },
      }),
      live.metrics(id, 0, {
        lines: (lines, _next, reset) => {
          steps = [...(reset ? [] : steps), ...lines.map((line) => line["step"])];
        },
      }),
    ];
    await until(
      () => [text, ...steps],
      (heard) => heard.join() === "first\n,1",
    );
    visit.runpod.remove(visit.runpod.only);
    await until(
      () => visit.control.job(id),
      ({ state }) => state === "lost",
    );
    await visit.control.resume(id);
    await until(
      () => visit.control.job(id),
      ({ state }) => state === "preparing",
    );
    expect([text, steps]).toEqual(["", []]);
    expect(events.filter((name) => name === "attempt")).toHaveLength(2);
    visit.runpod.face.say("log", "second\n");
    visit.runpod.face.say("metrics", '{"step":2}\n');
    await until(
      () => [text, ...steps],
      (heard) => heard.join() === "second\n,2",
    );
    for (const each of leave) each();
  });

  it("asks for the site once, however many wait for it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      const load = vi.fn(() => Promise.resolve(visit.jobs)).mockRejectedValueOnce(new Error("no"));
      live = new DirectLive(load);
      const leave = [live.job("one", vi.fn()), live.job("other", vi.fn())];
      await vi.advanceTimersByTimeAsync(2000);
      expect(load).toHaveBeenCalledTimes(2);
      for (const each of leave) each();
    } finally {
      vi.useRealTimers();
    }
  });

  it("of this computer is nothing, and what has left is told nothing", async () => {
    expect(live.system()).toBeTypeOf("function");
    const heard = vi.fn();
    live.job("any", heard)();
    await running();
    expect(heard).not.toHaveBeenCalled();
  });
});

describe("being connected", () => {
  it("follows the browser's own word on the network", async () => {
    const states: string[] = [];
    live = new DirectLive(
      () => Promise.resolve(visit.jobs),
      ({ state }) => states.push(state),
    );
    live.start();
    live.start();
    await until(
      () => live.state,
      (state) => state === "open",
    );
    window.dispatchEvent(new Event("offline"));
    expect(live.state).toBe("waiting");
    window.dispatchEvent(new Event("online"));
    window.dispatchEvent(new Event("offline"));
    vi.stubGlobal("navigator", { onLine: false });
    page.dispatchEvent(new Event("visibilitychange")); // somebody looks, and nothing is there
    live.stop();
    live.start();
    expect(states.slice(-2)).toEqual(["idle", "waiting"]);
    vi.stubGlobal("navigator", { onLine: true });
    page.dispatchEvent(new Event("visibilitychange"));
    live.stop();
    window.dispatchEvent(new Event("offline"));
    expect(states).toEqual([
      ...["connecting", "open", "waiting", "open", "waiting", "idle"],
      ...["waiting", "open", "idle"],
    ]);
  });

  it("hurries what waits", async () => {
    visit.runpod.next = ["full", "full"];
    const hurry = vi.spyOn(visit.jobs, "hurry");
    await visit.control.create(draft);
    live.retry();
    await until(
      () => hurry.mock.calls.length,
      (calls) => calls === 1,
    );
  });
});
