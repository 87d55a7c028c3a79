import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ListedJob, Queue as Order } from "$lib/api/types";
import { waitFor } from "./jobForTests";
import { jobPage, jobRow } from "./jobsForTests";
import { Queue } from "./queue.svelte";

let order: string[];
let rows: ListedJob[];
const control = {
  queue: vi.fn((): Promise<Order> => Promise.resolve({ order, holders: { "GPU-0": "run" } })),
  jobs: vi.fn(() => Promise.resolve(jobPage(rows))),
  reorder: vi.fn((wanted: readonly string[]): Promise<Order> => {
    order = [...wanted];
    return Promise.resolve({ order, holders: {} });
  }),
};

const waits = (id: string, before = 0) =>
  jobRow(id, { state: "queued", waiting: waitFor("gpu", { before }) });

beforeEach(() => {
  order = ["a", "b", "c"];
  rows = [
    waits("a"),
    waits("b", 1),
    waits("c", 2),
    jobRow("run", { state: "training", name: "Run" }),
  ];
  control.queue.mockClear();
});

async function loaded() {
  const queue = new Queue(control);
  await queue.load();
  return queue;
}

const ids = (queue: Queue) => queue.waiting.map((row) => row.id);

describe("Queue", () => {
  it("has the jobs in the order in which they will get a GPU, and who has one", async () => {
    order = ["c", "a", "b"];
    const queue = await loaded();
    expect(ids(queue)).toEqual(["c", "a", "b"]);
    expect(queue.holders).toEqual([{ gpu: "GPU-0", job: "run", name: "Run" }]);
  });

  it("stays as it was when a look fails", async () => {
    const queue = await loaded();
    control.queue.mockRejectedValueOnce(new Error("no"));
    await queue.load();
    expect(ids(queue)).toEqual(["a", "b", "c"]);
  });

  it("leaves out who no longer waits", async () => {
    order = ["gone", "a", "b", "c"];
    rows[1] = jobRow("b", { state: "stopped" });
    rows[2] = jobRow("c", { state: "queued", needs: ["HF_TOKEN"] });
    expect(ids(await loaded())).toEqual(["a"]);
  });

  it.each([
    ["c", 0, ["c", "a", "b"]],
    ["a", 1, ["b", "a", "c"]],
    ["a", 9, ["b", "c", "a"]],
    ["b", -1, ["b", "a", "c"]],
  ])("moves %s to %i at once and tells the server", async (id, to, expected) => {
    const queue = await loaded();
    const moved = queue.move(id, to);
    expect(ids(queue)).toEqual(expected);
    await moved;
    expect(control.reorder).toHaveBeenLastCalledWith(expected);
    expect(ids(queue)).toEqual(expected);
  });

  it("asks nothing for a move that changes nothing", async () => {
    const queue = await loaded();
    control.reorder.mockClear();
    await queue.move("a", 0);
    await queue.move("unknown", 1);
    expect(control.reorder).not.toHaveBeenCalled();
  });

  it("takes back a move that was refused, and says why", async () => {
    const queue = await loaded();
    control.reorder.mockRejectedValueOnce(new Error("no"));
    await queue.move("c", 0);
    expect(ids(queue)).toEqual(["a", "b", "c"]);
    expect(queue.error).toEqual(new Error("no"));
  });

  it("is not disturbed by an older look, nor by the answer to an older move", async () => {
    const queue = await loaded();
    const look = queue.load();
    const first = queue.move("c", 0);
    const second = queue.move("b", 0);
    await Promise.all([look, first, second]);
    expect(ids(queue)).toEqual(["b", "c", "a"]);
  });
});
