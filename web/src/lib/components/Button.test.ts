import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { createRawSnippet } from "svelte";
import { describe, expect, it, vi } from "vitest";
import Button from "./Button.svelte";

const children = createRawSnippet(() => ({ render: () => "<span>Start</span>" }));

describe("a button", () => {
  it("does it once, however often it is pressed while it is busy", async () => {
    const onclick = vi.fn();
    const { rerender } = render(Button, { children, onclick });
    const user = userEvent.setup();
    const button = screen.getByRole("button", { name: "Start" });
    await user.click(button);
    await rerender({ busy: true });
    await user.click(button);
    expect(onclick).toHaveBeenCalledTimes(1);
    expect(button).toHaveAttribute("aria-busy", "true");
    expect(button).not.toBeDisabled(); // the focus stays
  });

  it("sends no form twice", async () => {
    const submitted = vi.fn((event: Event) => {
      event.preventDefault();
    });
    const form = document.body.appendChild(document.createElement("form"));
    form.addEventListener("submit", submitted);
    render(Button, { target: form, props: { children, type: "submit", busy: true } });
    await userEvent.setup().click(screen.getByRole("button"));
    expect(submitted).not.toHaveBeenCalled();
    form.remove();
  });

  it("with an address is a link, unless it can't be used", async () => {
    const { rerender } = render(Button, { children, href: "/new" });
    expect(screen.getByRole("link", { name: "Start" })).toHaveAttribute("href", "/new");
    await rerender({ disabled: true });
    expect(screen.getByRole("button", { name: "Start" })).toBeDisabled();
  });
});
