import { fireEvent, render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Control } from "$lib/api/control";
import { useLocale } from "$lib/format";
import { toasts } from "$lib/state/toasts.svelte";
import PickInput from "./PickInput.svelte";

const { upload, removeUpload } = vi.hoisted(() => ({
  upload: vi.fn<Control["upload"]>(),
  removeUpload: vi.fn<Control["removeUpload"]>(),
}));
vi.mock("$lib/api", () => ({ control: { upload, removeUpload } }));

const onchange = vi.fn<(value: string) => void>();

beforeEach(() => {
  onchange.mockClear();
  upload.mockReset();
  upload.mockResolvedValue({ id: "1", path: "picked:1/train.py" } as never);
});

describe("PickInput", () => {
  it("takes a file of this computer, and what stands for it becomes the value", async () => {
    render(PickInput, { value: "", onchange });
    const file = new File(["print()"], "train.py");
    await userEvent.upload(screen.getByLabelText("Choose a file", { selector: "input" }), file);
    await vi.waitFor(() => {
      expect(onchange).toHaveBeenCalledExactlyOnceWith("picked:1/train.py");
    });
    expect(upload.mock.calls[0]?.[0]).toEqual([{ path: "train.py", file }]);
  });

  it("offers what fits alone", () => {
    render(PickInput, { value: "", only: "file", onchange });
    expect(screen.getAllByRole("button")).toEqual([
      screen.getByRole("button", { name: "Choose a file" }),
    ]);
  });

  it("takes of a folder what the trainer reads, and says what that leaves", async () => {
    const reads = { inside: false, without: [], archive: false };
    render(PickInput, { value: "", only: "folder", reads, onchange });
    const inside = (path: string) => {
      const file = new File(["x"], path.split("/").at(-1) ?? "");
      return Object.defineProperty(file, "webkitRelativePath", { value: path });
    };
    const input = screen.getByLabelText("Choose a folder", { selector: "input" });
    const pick = (...files: File[]) => fireEvent.change(input, { target: { files } });
    await pick(inside("set/a.png"), inside("set/cache/shard_0.bin"));
    await vi.waitFor(() => {
      expect(onchange).toHaveBeenCalledOnce();
    });
    expect(upload.mock.calls[0]?.[0].map(({ path }) => path)).toEqual(["set/a.png"]);
    expect(toasts.list.at(-1)?.text).toContain("Left out: cache.");
    await pick(inside("set/one/a.png"));
    expect(upload).toHaveBeenCalledOnce();
    expect(toasts.list.at(-1)).toMatchObject({ kind: "error" });
  });

  it("shows the count and size of what was picked in this page", async () => {
    useLocale(["en"]);
    const { rerender } = render(PickInput, { value: "", only: "folder", onchange });
    upload.mockResolvedValue({ id: "2", path: "picked:2/code" } as never);
    const file = new File(["print()"], "code/train.py");
    const input = screen.getByLabelText("Choose a folder", { selector: "input" });
    await userEvent.upload(input, file);
    await vi.waitFor(() => {
      expect(onchange).toHaveBeenCalledExactlyOnceWith("picked:2/code");
    });
    await rerender({ value: "picked:2/code", onchange });
    expect(screen.getByText(/, 1 file, 7 B/)).toBeTruthy();
  });

  it("shows what was picked by its name, and can do without it again", async () => {
    render(PickInput, { value: "picked:3/train.py", onchange });
    expect(screen.getByText("train.py")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Do without train.py" }));
    expect(onchange).toHaveBeenCalledExactlyOnceWith("");
  });
});
