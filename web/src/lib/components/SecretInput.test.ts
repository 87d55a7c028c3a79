import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import SecretInput from "./SecretInput.svelte";

describe("a secret", () => {
  it("is nothing that a browser keeps, and is drawn as dots until it is asked for", async () => {
    render(SecretInput, { value: "", label: "Hub token" });
    const user = userEvent.setup();
    const input = screen.getByRole("textbox", { name: "Hub token" });
    expect(input).toHaveAttribute("autocomplete", "off");
    expect(input).not.toHaveAttribute("type", "password");
    expect(screen.getByRole("button", { name: "Show" })).toBeDisabled();
    await user.type(input, "hf_secret");
    expect(input).toHaveClass("masked");
    await user.click(screen.getByRole("button", { name: "Show" }));
    expect(input).not.toHaveClass("masked");
    await user.click(screen.getByRole("button", { name: "Hide" }));
    expect(input).toHaveClass("masked");
  });

  it.each([
    ["x7Qp", "Kept, ends with x7Qp"],
    ["", "Kept"],
  ])("that is kept shows its end: %j", (kept, text) => {
    render(SecretInput, { value: "", kept, label: "Hub token" });
    expect(screen.getByPlaceholderText(text)).toBeInTheDocument();
  });
});
