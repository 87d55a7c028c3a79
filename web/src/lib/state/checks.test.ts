import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Control } from "$lib/api/control";
import type { JobDraft, Offers, Planned, Problem, Report } from "$lib/api/types";
import { Checks } from "./checks.svelte";

const job: JobDraft = {
  format: 1,
  recipe: "shapes",
  name: "",
  settings: {},
  compute: { name: "local" },
  results: {},
};

function problem(sentence: string): Problem {
  return { sentence, code: "x", field: "", next_step: "", severity: "error", place: "" };
}

function report(more: Partial<Report> = {}): Report {
  return { ok: true, problems: [], not_checked: [], facts: {}, ...more };
}

function calls() {
  return {
    check: vi.fn((_: JobDraft, how?: { data?: boolean }) =>
      Promise.resolve(
        how?.data
          ? report({
              problems: [problem("of a rule"), problem("of the data")],
              not_checked: ["texts"],
              facts: { clips: 3 },
            })
          : report({ problems: [problem("of a rule")] }),
      ),
    ),
    plan: vi.fn<Control["plan"]>(() =>
      Promise.resolve({ notes: ["planned"] } as unknown as Planned),
    ),
    offers: vi.fn<Control["offers"]>(() =>
      Promise.resolve({ offers: [], source: "live" } as unknown as Offers),
    ),
  };
}

describe("Checks", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it("says what nobody looked at, and keeps the results’ place apart from the data", async () => {
    const control = calls();
    const results = { results: "HF_TOKEN may write to me/voice" };
    control.check.mockImplementation((_, how) =>
      Promise.resolve(
        report({
          not_checked: how?.data ? ["the rules", "the sound"] : ["the rules"],
          facts: how?.data ? { ...results, clips: 3 } : results,
        }),
      ),
    );
    const checks = new Checks(control);
    checks.look(job);
    checks.data.ask({ job, profile: "" });
    await vi.advanceTimersByTimeAsync(2000);
    expect(checks.notChecked).toEqual(["the rules", "the sound"]);
    expect(checks.data.answer?.facts).toEqual({ clips: 3 });
    expect(checks.results).toBe(results.results);
    checks.look({ ...job, results: { repository: "me/other" } });
    await vi.advanceTimersByTimeAsync(401);
    control.check.mockImplementation(() => Promise.resolve(report()));
    checks.look({ ...job, results: { repository: "" } });
    await vi.advanceTimersByTimeAsync(2000);
    expect(checks.results).toBe("");
  });

  it("asks for rules and plan after a rest, and not for the data", async () => {
    const control = calls();
    const checks = new Checks(control);
    checks.look(job, "work");
    await vi.advanceTimersByTimeAsync(399);
    expect(control.check).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(control.check).toHaveBeenCalledExactlyOnceWith(job, {}, expect.any(AbortSignal));
    expect(control.plan).toHaveBeenCalledExactlyOnceWith(
      job,
      { profile: "work" },
      expect.any(AbortSignal),
    );
    expect(checks.plan.answer?.notes).toEqual(["planned"]);
  });

  it("asks what is offered, whatever was chosen of that already", async () => {
    const control = calls();
    const checks = new Checks(control);
    checks.lookForOffers(
      { ...job, name: "one", compute: { name: "cloud", hours: 2, gpus: ["big"] } },
      "work",
    );
    await vi.advanceTimersByTimeAsync(600);
    expect(control.offers).toHaveBeenCalledExactlyOnceWith(
      { ...job, name: "", compute: { name: "cloud", hours: 2, gpus: [] } },
      { profile: "work" },
      expect.any(AbortSignal),
    );
    expect(checks.offers.answer?.source).toBe("live");
  });

  it("tells what is wrong with the data from what is wrong with the settings", async () => {
    const checks = new Checks(calls());
    checks.data.ask({ job, profile: "" });
    await vi.advanceTimersByTimeAsync(600);
    expect(checks.data.answer).toEqual({
      problems: [problem("of the data")],
      notChecked: ["texts"],
      facts: { clips: 3 },
    });
  });

  it("gives both together, each once", async () => {
    const checks = new Checks(calls());
    checks.look(job);
    checks.data.ask({ job, profile: "" });
    await vi.advanceTimersByTimeAsync(600);
    expect(checks.problems.map(({ sentence }) => sentence)).toEqual(["of a rule", "of the data"]);
  });

  it("ends what nobody waits for any more", async () => {
    const control = calls();
    const checks = new Checks(control);
    checks.look(job);
    checks.data.ask({ job, profile: "" });
    checks.end();
    await vi.advanceTimersByTimeAsync(1000);
    expect(control.check).not.toHaveBeenCalled();
    expect(control.plan).not.toHaveBeenCalled();
  });
});
