import { render, screen } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import TableHost from "./testing/TableHost.svelte";

function show(value: Record<string, string> = {}) {
  const onchange = vi.fn();
  render(TableHost, { value, onchange });
  return onchange;
}

describe("a table", () => {
  it("is written by keys alone, one row after the other", async () => {
    const user = userEvent.setup();
    const onchange = show();
    await user.tab();
    await user.keyboard("{Enter}");
    await user.keyboard("EPOCHS");
    await user.tab();
    await user.keyboard("20{Enter}");
    await user.keyboard("OUT");
    expect(onchange).toHaveBeenLastCalledWith({ EPOCHS: "20", OUT: "" });
    expect(document.activeElement).toBe(screen.getByLabelText("Name 2"));
  });

  it("loses a row, and keeps the focus among the others", async () => {
    const user = userEvent.setup();
    const onchange = show({ A: "1", B: "2" });
    await user.click(screen.getByRole("button", { name: "Remove B" }));
    expect(onchange).toHaveBeenLastCalledWith({ A: "1" });
    expect(document.activeElement).toBe(screen.getByLabelText("Name 1"));
  });

  it("says where a name stands twice", async () => {
    const user = userEvent.setup();
    show({ A: "1", B: "2" });
    const name = screen.getByLabelText("Name 2");
    await user.clear(name);
    await user.type(name, "A");
    expect(screen.getByRole("status").textContent).toMatch(/A stands here twice/);
    expect(name.getAttribute("aria-invalid")).toBe("true");
  });

  it("takes a whole .env file into an empty row", async () => {
    const user = userEvent.setup();
    const onchange = show();
    await user.click(screen.getByRole("button", { name: "Add a variable" }));
    await user.click(screen.getByLabelText("Name 1"));
    await user.paste("A=1\nB=2\n");
    expect(onchange).toHaveBeenLastCalledWith({ A: "1", B: "2" });
  });

  it("shows what is set from outside", async () => {
    const { rerender } = render(TableHost, { value: { A: "1" }, onchange: vi.fn() });
    await rerender({ value: { B: "2" } });
    expect(screen.getByLabelText<HTMLInputElement>("Name 1").value).toBe("B");
    expect(screen.getByLabelText<HTMLInputElement>("Value of B").value).toBe("2");
  });
});
