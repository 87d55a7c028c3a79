import { render, screen } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import CodeInput from "./CodeInput.svelte";

it("begins a new line as the last one began", async () => {
  const onchange = vi.fn();
  render(CodeInput, { value: "if x:\n    train()", onchange });
  const area = screen.getByRole<HTMLTextAreaElement>("textbox");
  area.focus();
  area.setSelectionRange(area.value.length, area.value.length);
  await userEvent.keyboard("{Enter}");
  expect(onchange).toHaveBeenLastCalledWith("if x:\n    train()\n    ");
});

it("is left by Tab, as everything else is", async () => {
  render(CodeInput, { value: "x", onchange: vi.fn() });
  await userEvent.click(screen.getByRole("textbox"));
  await userEvent.tab();
  expect(document.activeElement).not.toBe(screen.getByRole("textbox"));
});
