import { fireEvent, render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { waitFor } from "$lib/state/jobForTests";
import { jobPage, jobRow } from "$lib/state/jobsForTests";
import { Queue } from "$lib/state/queue.svelte";
import QueueOrder from "./QueueOrder.svelte";

const reorder = vi.fn((order: readonly string[]) =>
  Promise.resolve({ order: [...order], holders: {} }),
);

beforeEach(async () => {
  reorder.mockClear();
  const rows = ["a", "b", "c"].map((id) =>
    jobRow(id, { state: "queued", waiting: waitFor("gpu") }),
  );
  const queue = new Queue({
    queue: () => Promise.resolve({ order: ["a", "b", "c"], holders: { "GPU-0": "other" } }),
    jobs: () => Promise.resolve(jobPage(rows)),
    reorder,
  });
  await queue.load();
  render(QueueOrder, { queue });
});

const order = () =>
  screen.getAllByRole("listitem").map((item) => /[abc]/.exec(item.textContent)?.[0]);
const handle = (name: RegExp) => screen.getByRole("button", { name });

describe("QueueOrder", () => {
  it("moves with the arrow keys on a handle, keeps the focus, and says where it is", async () => {
    const user = userEvent.setup();
    handle(/^Move a, 1st of 3/).focus();
    await user.keyboard("{ArrowDown}");
    expect(order()).toEqual(["b", "a", "c"]);
    expect(document.activeElement).toBe(handle(/^Move a, 2nd of 3/));
    expect(screen.getByText("a is now 2nd of 3.")).toBeTruthy();
    await user.keyboard("{ArrowDown}{ArrowDown}");
    expect(order()).toEqual(["b", "c", "a"]);
    expect(reorder.mock.calls.map(([wanted]) => wanted)).toEqual([
      ["b", "a", "c"],
      ["b", "c", "a"],
    ]);
  });

  it("moves with buttons; those that lead nowhere are off", async () => {
    const user = userEvent.setup();
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Move a up" }).disabled).toBe(
      true,
    );
    await user.click(screen.getByRole("button", { name: "Move c up" }));
    expect(order()).toEqual(["a", "c", "b"]);
    expect(document.activeElement).toBe(screen.getByRole("button", { name: "Move c up" }));
  });

  it("moves by dragging, and tells the server once, at the end", async () => {
    const grip = handle(/^Move a, 1st/);
    grip.setPointerCapture = vi.fn();
    Object.defineProperty(grip.closest("li"), "offsetHeight", { value: 40 });
    await fireEvent.pointerDown(grip, { button: 0, pointerId: 1, clientY: 100 });
    await fireEvent.pointerMove(grip, { pointerId: 1, clientY: 150 });
    await fireEvent.pointerMove(grip, { pointerId: 1, clientY: 185 });
    expect(reorder).not.toHaveBeenCalled();
    await fireEvent.pointerUp(grip, { pointerId: 1 });
    expect(reorder).toHaveBeenCalledExactlyOnceWith(["b", "c", "a"]);
  });

  it("drops nothing where the drag is given up", async () => {
    const grip = handle(/^Move a, 1st/);
    grip.setPointerCapture = vi.fn();
    Object.defineProperty(grip.closest("li"), "offsetHeight", { value: 40 });
    await fireEvent.pointerDown(grip, { button: 0, pointerId: 1, clientY: 100 });
    await fireEvent.pointerMove(grip, { pointerId: 1, clientY: 185 });
    await fireEvent.keyDown(grip, { key: "Escape" });
    await fireEvent.pointerUp(grip, { pointerId: 1 });
    expect(reorder).not.toHaveBeenCalled();
    expect(order()).toEqual(["a", "b", "c"]);
  });
});
