import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JobsWanted } from "$lib/api/control";
import type { JobPage, JobRow, ListedJob } from "$lib/api/types";
import { everything, fits, fromSearch, type Filter } from "./jobFilter";
import { order } from "./jobOrder";
import { Jobs } from "./jobs.svelte";
import { jobPage, jobRow } from "./jobsForTests";

/** Answers as the server does: filtered, in its order, in pages. */
class FakeServer {
  all: ListedJob[];
  filter: Filter = everything;
  asked: JobsWanted[] = [];
  broken = false;

  constructor(all: ListedJob[]) {
    this.all = all;
  }

  jobs = (wanted: JobsWanted = {}): Promise<JobPage> => {
    this.asked.push(wanted);
    if (this.broken) return Promise.reject(new Error("broken"));
    const fitting = this.all.filter((row) => fits(row, this.filter)).sort(order);
    const page = jobPage(fitting, wanted.offset, wanted.limit);
    return Promise.resolve({ ...page, counts: jobPage(this.all).counts });
  };

  change(id: string, more: Partial<ListedJob>): JobRow {
    const row = { ...(this.all.find((each) => each.id === id) ?? jobRow(id)), ...more };
    this.all = [...this.all.filter((each) => each.id !== id), row];
    return row;
  }

  get counts() {
    return jobPage(this.all).counts;
  }
}

function made(...rows: [string, Partial<ListedJob>?][]) {
  const server = new FakeServer(rows.map(([id, more]) => jobRow(id, more)));
  return { server, jobs: new Jobs(server) };
}

function many(n: number): [string, Partial<ListedJob>?][] {
  return Array.from({ length: n }, (_, i) => [`job-${String(n - i).padStart(4, "0")}`]);
}

const ids = (jobs: Jobs) => jobs.rows.map((row) => row.id);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("pages", () => {
  it("begins with a skeleton and then has the first page", async () => {
    const { jobs } = made(...many(70));
    expect(jobs.status).toBe("loading");
    await jobs.show(everything);
    expect(jobs).toMatchObject({ status: "ready", busy: false, total: 70, more: 20 });
    expect(ids(jobs)).toHaveLength(50);
  });

  it("fetches the rest, once, in order", async () => {
    const { jobs, server } = made(...many(70));
    await jobs.show(everything);
    await Promise.all([jobs.next(), jobs.next()]);
    expect(ids(jobs)).toEqual([...server.all].sort(order).map((row) => row.id));
    expect(jobs.more).toBe(0);
    await jobs.next();
    expect(server.asked).toHaveLength(2);
  });

  it("misses and repeats nothing when jobs came, went and ended since the first page", async () => {
    const { jobs, server } = made(["z-1", { state: "training" }], ...many(120));
    await jobs.show(everything);
    const ended = server.change("z-1", { state: "succeeded", id: "z-1" });
    const arrived = server.change("z-2", { state: "queued" });
    const resumed = server.change("job-0003", { state: "training" });
    server.all = server.all.filter((row) => row.id !== "job-0100");
    jobs.receive({
      rows: [ended, arrived, resumed],
      removed: ["job-0100"],
      counts: server.counts,
    });
    while (jobs.more) await jobs.next();
    expect(ids(jobs).sort()).toEqual(server.all.map((row) => row.id).sort());
    expect(new Set(ids(jobs)).size).toBe(jobs.rows.length);
  });

  it("says why it could not be fetched, and keeps what was shown", async () => {
    const { jobs, server } = made(["a"]);
    server.broken = true;
    await jobs.show(everything);
    expect(jobs.status).toBe("failed");
    server.broken = false;
    await jobs.reload();
    expect(jobs).toMatchObject({ status: "ready", error: null });
    server.broken = true;
    await jobs.reload();
    expect(jobs.status).toBe("ready");
    expect(jobs.error).toBeInstanceOf(Error);
    expect(ids(jobs)).toEqual(["a"]);
  });

  it("shows the newest question's answer, whichever comes first", async () => {
    const server = made(["a", { state: "failed" }]).server;
    const answers: ((page: JobPage) => void)[] = [];
    const jobs = new Jobs({ jobs: () => new Promise((done) => answers.push(done)) });
    const first = jobs.show(everything);
    const second = jobs.show({ ...everything, group: "failed" });
    answers[1]?.(jobPage(server.all));
    await second;
    answers[0]?.(jobPage([]));
    await first;
    expect(ids(jobs)).toEqual(["a"]);
    expect(jobs.busy).toBe(false);
  });
});

describe("what the jobs channel tells", () => {
  it("changes rows where they are, even if they would sort or fit elsewhere", async () => {
    const { jobs, server } = made(["b", { state: "training" }], ["a", { state: "training" }]);
    server.filter = fromSearch("?state=running");
    await jobs.show(server.filter);
    const row = server.change("b", { state: "succeeded" });
    jobs.receive({ rows: [row], removed: [], counts: server.counts });
    expect(jobs.rows.map(({ id, state }) => [id, state])).toEqual([
      ["b", "succeeded"],
      ["a", "training"],
    ]);
    expect(jobs.counts).toEqual({ succeeded: 1, training: 1 });
    jobs.settle();
    expect(ids(jobs)).toEqual(["a"]);
  });

  it("puts a new job at its place and marks it for a moment", async () => {
    const { jobs, server } = made(["c", { state: "training" }], ["a"]);
    await jobs.show(everything);
    const row = server.change("d", { state: "queued" });
    jobs.receive({ rows: [row], removed: [], counts: server.counts });
    expect(ids(jobs)).toEqual(["c", "d", "a"]); // behind those that run
    expect(jobs.total).toBe(3);
    expect(jobs.fresh.has("d")).toBe(true);
    vi.advanceTimersByTime(5000);
    expect(jobs.fresh.size).toBe(0);
  });

  it("brings a job that has come to fit", async () => {
    const { jobs, server } = made(["c"], ["b", { state: "training" }], ["a"]);
    server.filter = fromSearch("?state=done");
    await jobs.show(server.filter);
    expect(ids(jobs)).toEqual(["c", "a"]);
    const row = server.change("b", { state: "succeeded" });
    jobs.receive({ rows: [row], removed: [], counts: server.counts });
    expect(ids(jobs)).toEqual(["c", "b", "a"]);
  });

  it("leaves out what doesn't fit and what belongs to a page that was not fetched", async () => {
    const { jobs, server } = made(...many(70));
    await jobs.show({ ...everything, text: "job" });
    const far = server.change("job-0001", { state: "succeeded", attempt: 2 });
    const other = jobRow("voice", { state: "training" });
    jobs.receive({ rows: [far, other], removed: [], counts: server.counts });
    expect(jobs.rows).toHaveLength(50);
    expect(jobs.total).toBe(70);
  });

  it("takes away what was removed", async () => {
    const { jobs, server } = made(["b"], ["a"]);
    await jobs.show({ ...everything, text: "b" });
    jobs.receive({ rows: [], removed: ["b", "unknown"], counts: server.counts });
    expect(ids(jobs)).toEqual(["a"]);
    expect(jobs.total).toBe(1);
  });

  it("loses nothing that is told while a page is fetched", async () => {
    const server = made(["a", { state: "training" }]).server;
    let answer: (page: JobPage) => void = () => undefined;
    const jobs = new Jobs({ jobs: () => new Promise((done) => (answer = done)) });
    const loading = jobs.show(everything);
    const page = jobPage(server.all);
    jobs.receive({
      rows: [server.change("a", { state: "failed" }), server.change("b", { state: "queued" })],
      removed: [],
      counts: server.counts,
    });
    answer(page); // as it was before
    await loading;
    expect(jobs.rows.map(({ id, state }) => [id, state])).toEqual([
      ["b", "queued"],
      ["a", "failed"],
    ]);
  });

  it("keeps the line of a row that comes without one", async () => {
    const { jobs, server } = made(["a", { state: "training", trend: [3, 2, 1] }]);
    await jobs.show(everything);
    const row: JobRow = jobRow("a", { state: "training", attempt: 2 });
    delete row.trend;
    jobs.receive({ rows: [row], removed: [], counts: server.counts });
    expect(jobs.rows[0]).toMatchObject({ attempt: 2, trend: [3, 2, 1] });
  });
});

it("counts what fits a group from the counts of the whole home", async () => {
  const { jobs } = made(["d", { state: "failed" }], ["c", { state: "lost" }], ["b"], ["a"]);
  await jobs.show(fromSearch("?state=failed"));
  expect(jobs.total).toBe(2);
  expect(jobs.everything).toBe(4);
});
