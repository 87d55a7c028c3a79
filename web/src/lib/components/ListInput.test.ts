import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import ListInput from "./ListInput.svelte";

function open(value: string[], more: { max?: number } = {}) {
  const oninput = vi.fn();
  render(ListInput, { value, oninput, label: "Sentences", ...more });
  return {
    user: userEvent.setup(),
    last: () => oninput.mock.lastCall?.[0] as string[] | undefined,
    line: (n: number) => screen.getByRole("textbox", { name: `Line ${n}` }),
  };
}

describe("a list of lines", () => {
  it("changes one line and leaves the others", async () => {
    const { user, last, line } = open(["one", "two"]);
    await user.type(line(2), "!");
    expect(last()).toEqual(["one", "two!"]);
  });

  it("adds a line by its button and by Enter, and goes there", async () => {
    const { user, last, line } = open(["one", "two"]);
    await user.click(line(1));
    await user.keyboard("{Enter}");
    expect(last()).toEqual(["one", "", "two"]);
    expect(document.activeElement).toBe(line(2));
    await user.click(screen.getByRole("button", { name: "Add a line" }));
    expect(last()).toEqual(["one", "", "two", ""]);
    expect(document.activeElement).toBe(line(4));
  });

  it("removes a line by its button and by Backspace in an empty one", async () => {
    const { user, last, line } = open(["one", "", "three"]);
    await user.click(line(2));
    await user.keyboard("{Backspace}");
    expect(last()).toEqual(["one", "three"]);
    expect(document.activeElement).toBe(line(1));
    await user.click(screen.getByRole("button", { name: "Remove line 1" }));
    expect(last()).toEqual(["three"]);
  });

  it("takes several lines at once from the clipboard", async () => {
    const { user, last, line } = open([""]);
    await user.click(line(1));
    await user.paste("one\r\ntwo\n\nthree\n");
    expect(last()).toEqual(["one", "two", "three"]);
  });

  it("holds no more than it may", async () => {
    const { user, last, line } = open(["one", ""], { max: 2 });
    expect(screen.queryByRole("button", { name: "Add a line" })).toBeNull();
    await user.click(line(2));
    await user.paste("two\nthree");
    expect(last()).toEqual(["one", "two"]);
  });
});
