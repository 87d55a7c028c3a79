import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import Menu from "./Menu.svelte";

function open() {
  const [save, remove] = [vi.fn(), vi.fn()];
  render(Menu, {
    label: "More",
    items: [
      { label: "Stop and save", onclick: save },
      { label: "Stop now", disabled: true },
      { label: "Download", href: "/api/x", download: true },
      { label: "Delete", onclick: remove, danger: true },
    ],
  });
  return {
    user: userEvent.setup(),
    button: screen.getByRole("button", { name: "More" }),
    save,
    remove,
  };
}

const focused = () => document.activeElement?.textContent.trim();

describe("a menu", () => {
  it("opens on its first entry and does what is pressed", async () => {
    const { user, button, save } = open();
    expect(button).toHaveAttribute("aria-expanded", "false");
    await user.click(button);
    expect(button).toHaveAttribute("aria-expanded", "true");
    expect(focused()).toBe("Stop and save");
    await user.keyboard("{Enter}");
    expect(save).toHaveBeenCalledTimes(1);
    expect(screen.queryByRole("menu")).toBeNull();
    expect(document.activeElement).toBe(button);
  });

  it("is walked by arrows, ends and first letters", async () => {
    const { user, button } = open();
    button.focus();
    await user.keyboard("{ArrowUp}");
    expect(focused()).toBe("Delete");
    await user.keyboard("{ArrowDown}");
    expect(focused()).toBe("Stop and save");
    await user.keyboard("{ArrowUp}{Home}{End}");
    expect(focused()).toBe("Delete");
    await user.keyboard("d");
    expect(focused()).toBe("Download");
  });

  it("closes by Escape, which nothing behind it hears", async () => {
    const { user, button } = open();
    const heard = vi.fn();
    document.addEventListener("keydown", heard);
    await user.click(button);
    await user.keyboard("{Escape}");
    document.removeEventListener("keydown", heard);
    expect(screen.queryByRole("menu")).toBeNull();
    expect(document.activeElement).toBe(button);
    expect(heard).not.toHaveBeenCalled();
  });

  it("closes when one goes elsewhere", async () => {
    const { user, button } = open();
    await user.click(button);
    await user.click(document.body);
    expect(screen.queryByRole("menu")).toBeNull();
  });

  it("does nothing for what can't be done now", async () => {
    const { user, button } = open();
    await user.click(button);
    const entry = screen.getByRole("menuitem", { name: "Stop now" });
    expect(entry).toHaveAttribute("aria-disabled", "true");
    await user.click(entry);
    expect(screen.getByRole("menu")).toBeInTheDocument();
  });

  it("holds links that are links", async () => {
    const { user, button } = open();
    await user.click(button);
    const link = screen.getByRole("menuitem", { name: "Download" });
    expect(link).toHaveAttribute("href", "/api/x");
    expect(link).toHaveAttribute("download");
  });
});
