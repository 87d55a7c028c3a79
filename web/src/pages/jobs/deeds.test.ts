import { describe, expect, it, vi } from "vitest";
import { ProblemError, UnreachableError } from "$lib/api/problem";
import type { JobView, ListedJob } from "$lib/api/types";
import { jobRow } from "$lib/state/jobsForTests";
import { perform, possible, questionOf, type Deed } from "./deeds";

const view = {} as JobView;

function doer() {
  return {
    stop: vi.fn(() => Promise.resolve(view)),
    resume: vi.fn(() => Promise.resolve(view)),
    remove: vi.fn(() => Promise.resolve()),
  };
}

function refusal(sentence: string): ProblemError {
  return new ProblemError({
    type: "about:blank",
    title: "Conflict",
    status: 409,
    detail: sentence,
    code: "still-running",
    field: "",
    next_step: "",
    problems: [],
  });
}

describe("possible", () => {
  it.each<[Partial<ListedJob>, Deed[]]>([
    [{ state: "training" }, ["save", "now"]],
    [{ state: "queued" }, ["save", "now"]],
    [{ state: "training", stopping: "save" }, ["now"]],
    [{ state: "training", stopping: "now" }, []],
    [{ state: "succeeded" }, ["remove"]],
    [{ state: "failed" }, ["resume", "remove"]],
    [{ state: "stopped" }, ["resume", "remove"]],
    [{ state: "lost" }, ["resume", "remove"]],
    [{ state: null }, ["remove"]],
    [{ state: "finishing", outcome: "failed" }, ["now"]],
  ])("%o: %o", (more, expected) => {
    const row = jobRow("a", more);
    const all: Deed[] = ["save", "now", "resume", "remove"];
    expect(all.filter((deed) => possible(row, deed))).toEqual(expected);
  });
});

describe("questionOf", () => {
  const rows = (n: number) =>
    Array.from({ length: n }, (_, i) => jobRow(`id-${i}`, { name: `job ${i}` }));

  it("names what a deletion takes, and how many more there are", () => {
    const question = questionOf("remove", rows(7), 7);
    expect(question).toMatchObject({ action: "Delete 7 jobs", danger: true });
    expect(question?.lost).toHaveLength(6);
    expect(question?.lost?.[0]).toContain("job 0");
    expect(question?.lost?.at(-1)).toContain("2 more");
  });

  it("says which of the selected jobs it leaves alone", () => {
    expect(questionOf("remove", rows(1), 3)?.text).toContain("2 of those selected");
    expect(questionOf("now", rows(1), 2)?.text).toContain("1 of those selected");
    expect(questionOf("remove", rows(1), 1)?.text).not.toContain("selected");
  });

  it("asks nothing where nothing can be lost", () => {
    expect(questionOf("resume", rows(3), 3)).toBeNull();
    expect(questionOf("save", rows(1), 1)).toBeNull();
    expect(questionOf("save", rows(2), 2)).toMatchObject({ action: "Stop and save" });
  });
});

describe("perform", () => {
  it.each<[Deed, keyof ReturnType<typeof doer>, unknown[]]>([
    ["save", "stop", ["a", "save"]],
    ["now", "stop", ["a", "now"]],
    ["resume", "resume", ["a"]],
    ["remove", "remove", ["a"]],
  ])("%s", async (deed, method, words) => {
    const control = doer();
    expect(await perform(deed, [jobRow("a")], control)).toEqual({ done: 1, refused: [] });
    expect(control[method]).toHaveBeenCalledExactlyOnceWith(...words);
  });

  it("does the rest when one refuses, and says why in the server's words", async () => {
    const control = doer();
    const rows = Array.from({ length: 10 }, (_, i) => jobRow(`id-${i}`, { name: `job ${i}` }));
    control.remove.mockRejectedValueOnce(refusal("It still runs."));
    control.remove.mockRejectedValueOnce(new UnreachableError("gone"));
    const outcome = await perform("remove", rows, control);
    expect(outcome.done).toBe(8);
    expect(outcome.refused).toEqual([
      { name: "job 0", why: "It still runs." },
      { name: "job 1", why: "The server can’t be reached." },
    ]);
    expect(control.remove).toHaveBeenCalledTimes(10);
  });

  it("asks a few at once, however many there are", async () => {
    const control = doer();
    let open = 0;
    let most = 0;
    control.remove.mockImplementation(async () => {
      most = Math.max(most, (open += 1));
      await Promise.resolve();
      open -= 1;
    });
    await perform(
      "remove",
      Array.from({ length: 50 }, (_, i) => jobRow(String(i))),
      control,
    );
    expect(most).toBe(4);
  });
});
