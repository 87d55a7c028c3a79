import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import Combobox from "./Combobox.svelte";
import type { ComboboxChoice } from "./combobox";

const languages: ComboboxChoice[] = [
  { value: "en-us", label: "English (US)" },
  { value: "en-gb", label: "English (GB)" },
  { value: "bn", label: "Bangla" },
];

const search = (text: string) =>
  Promise.resolve(
    languages.filter(({ label }) => label.toLowerCase().includes(text.toLowerCase())),
  );

function open(props: Partial<Parameters<typeof render<typeof Combobox>>[1]> = {}) {
  const onchange = vi.fn();
  render(Combobox, {
    value: "en-us",
    valueLabel: "English (US)",
    label: "Language",
    search,
    onchange,
    ...props,
  });
  return { user: userEvent.setup(), onchange, input: screen.getByRole("combobox") };
}

const options = async () =>
  (await screen.findAllByRole("option")).map((one) => one.textContent.trim());

describe("a combobox", () => {
  it("shows the label of its value, and all there is when pressed", async () => {
    const { user, input } = open();
    expect(input).toHaveValue("English (US)");
    expect(input).toHaveAttribute("aria-expanded", "false");
    await user.click(input);
    expect(await options()).toEqual(["English (US)", "English (GB)", "Bangla"]);
    expect(input).toHaveAttribute("aria-expanded", "true");
    expect(screen.getByRole("option", { selected: true })).toHaveTextContent("English (US)");
  });

  it("finds by typing and takes by keyboard", async () => {
    const { user, input, onchange } = open();
    await user.click(input);
    await user.clear(input);
    await user.type(input, "engl");
    await vi.waitFor(async () => {
      expect(await options()).toHaveLength(2);
    });
    await user.keyboard("{ArrowDown}{ArrowDown}");
    const active = input.getAttribute("aria-activedescendant") ?? "";
    expect(document.getElementById(active)).toHaveTextContent("English (GB)");
    await user.keyboard("{Enter}");
    expect(onchange).toHaveBeenCalledExactlyOnceWith("en-gb");
    expect(input).toHaveValue("English (GB)");
    expect(input).toHaveAttribute("aria-expanded", "false");
  });

  it("takes what is pressed", async () => {
    const { user, input, onchange } = open();
    await user.click(input);
    await user.click(await screen.findByRole("option", { name: "Bangla" }));
    expect(onchange).toHaveBeenCalledWith("bn");
    expect(input).toHaveValue("Bangla");
  });

  it("goes back to its value when one leaves without choosing", async () => {
    const { user, input, onchange } = open();
    await user.click(input);
    await user.clear(input);
    await user.type(input, "klingon");
    expect(await screen.findByText("Nothing found", { selector: "p" })).toBeInTheDocument();
    await user.keyboard("{Escape}");
    expect(input).toHaveValue("English (US)");
    expect(onchange).not.toHaveBeenCalled();
  });

  it("that is free takes what is typed as it is typed", async () => {
    const { user, input, onchange } = open({ value: "", valueLabel: undefined, free: true });
    await user.type(input, "/x");
    expect(onchange.mock.calls).toEqual([["/"], ["/x"]]);
    await user.tab();
    expect(input).toHaveValue("/x");
  });

  it("stays open on a choice that only begins something longer", async () => {
    const find = vi.fn((text: string) =>
      Promise.resolve([{ value: `${text}clips/`, label: "clips/" }]),
    );
    const { user, input } = open({ value: "/", free: true, search: find, goesOn: () => true });
    await user.click(input);
    await user.click(await screen.findByRole("option", { name: "clips/" }));
    expect(input).toHaveValue("/clips/");
    await vi.waitFor(() => {
      expect(find.mock.lastCall?.[0]).toBe("/clips/");
    });
    expect(input).toHaveAttribute("aria-expanded", "true");
  });

  it("says when its list could not be loaded", async () => {
    const { user, input } = open({ search: () => Promise.reject(new Error("gone")) });
    await user.click(input);
    expect(await screen.findByText("The list could not be loaded.")).toBeInTheDocument();
  });

  it("says to screen readers how many there are", async () => {
    const { user, input } = open();
    await user.click(input);
    const list = await screen.findByRole("listbox", { name: "Language" });
    expect(await within(list).findAllByRole("option")).toHaveLength(3);
    expect(screen.getByText("3 choices")).toBeInTheDocument();
  });
});
