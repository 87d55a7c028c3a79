import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Problem } from "$lib/api/types";
import FieldWithNumber from "./testing/FieldWithNumber.svelte";

const error: Problem = {
  sentence: "16 clips need about 18 GB.",
  next_step: "Lower it to 8.",
  severity: "error",
  code: "memory",
  field: "batch_size",
  place: "",
};

/** What screen readers read after the name. */
function described(input: HTMLElement): string {
  const ids = input.getAttribute("aria-describedby")?.split(" ") ?? [];
  const texts = ids.map((id) => document.getElementById(id)?.textContent ?? "missing");
  return texts.map((text) => text.replace(/\s+/g, " ").trim()).join(" | ");
}

describe("a field", () => {
  it("names its control and tells it all that stands around it", () => {
    render(FieldWithNumber);
    const input = screen.getByRole("spinbutton", { name: "Batch size" });
    expect(described(input)).toBe("clips | Learnt from at once.");
    expect(input).not.toHaveAttribute("aria-invalid");
    expect(screen.getByRole("link", { name: /Reference ?: Batch size/ })).toHaveAttribute(
      "href",
      "/docs#batch",
    );
  });

  it("says what is wrong with it, and that it is", () => {
    render(FieldWithNumber, { problems: [error] });
    const input = screen.getByLabelText("Batch size");
    expect(input).toHaveAttribute("aria-invalid", "true");
    expect(described(input)).toContain("16 clips need about 18 GB. Lower it to 8.");
  });

  it("is not wrong by a warning", () => {
    render(FieldWithNumber, { problems: [{ ...error, severity: "warning" }] });
    expect(screen.getByLabelText("Batch size")).not.toHaveAttribute("aria-invalid");
    expect(screen.getByRole("img", { name: "Warning" })).toBeVisible();
  });

  it("is checked when one leaves it, not on the way through it", async () => {
    const onleave = vi.fn();
    render(FieldWithNumber, { onleave, aside: true });
    const user = userEvent.setup();
    await user.click(screen.getByLabelText("Batch size"));
    await user.click(screen.getByRole("button", { name: "Reset" }));
    expect(onleave).not.toHaveBeenCalled();
    await user.click(screen.getByRole("button", { name: "elsewhere" }));
    expect(onleave).toHaveBeenCalledTimes(1);
  });

  it("holds a number, or null while nothing is written", async () => {
    render(FieldWithNumber);
    const user = userEvent.setup();
    const input = screen.getByLabelText("Batch size");
    await user.clear(input);
    expect(screen.getByRole("status")).toHaveTextContent("null");
    await user.type(input, "8");
    expect(screen.getByRole("status")).toHaveTextContent("8");
  });
});
