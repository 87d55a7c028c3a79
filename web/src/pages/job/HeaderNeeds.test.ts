import { render, screen } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import { UnreachableError } from "$lib/api/problem";
import HeaderNeeds from "./HeaderNeeds.svelte";
import { jobOf, viewOf } from "$lib/state/jobForTests";

const attempt = { number: 1, created: 1, overrides: {}, only: null, profile: "work" };
const waiting = () =>
  jobOf(viewOf({ state: "queued", needs: ["HF_WRITE_TOKEN"], attempts: [attempt] }));
const button = () => screen.getByRole("button", { name: "Give it and go on" });

describe("a job that waits for a secret", () => {
  it("goes on once it is given, under the job's own profile", async () => {
    const { job, control } = waiting();
    render(HeaderNeeds, { job });
    expect(button().hasAttribute("disabled")).toBe(true);
    await userEvent.type(screen.getByLabelText(/HF_WRITE_TOKEN/), "hf_abc");
    await userEvent.click(button());
    expect(control.keepSecret).toHaveBeenCalledWith("HF_WRITE_TOKEN", "hf_abc", "memory", "work");
    expect(control.start).toHaveBeenCalledWith("20261122-1");
    expect(screen.getByLabelText<HTMLInputElement>(/HF_WRITE_TOKEN/).value).toBe("");
  });

  it("says why it could not be given, and keeps what was typed", async () => {
    const { job, control } = waiting();
    control.keepSecret.mockRejectedValueOnce(new UnreachableError("no"));
    render(HeaderNeeds, { job });
    await userEvent.type(screen.getByLabelText(/HF_WRITE_TOKEN/), "hf_abc");
    await userEvent.click(button());
    expect(screen.getByRole("alert").textContent).toContain("could not be given");
    expect(control.start).not.toHaveBeenCalled();
    expect(screen.getByLabelText<HTMLInputElement>(/HF_WRITE_TOKEN/).value).toBe("hf_abc");
  });
});
