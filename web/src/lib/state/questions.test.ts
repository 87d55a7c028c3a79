import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";
import Confirm from "$lib/components/Confirm.svelte";
import { ask } from "./questions.svelte";

const question = {
  title: "Delete first-voice?",
  text: "Its folder goes.",
  lost: ["a voice of 63 MB", "the log"],
  action: "Delete the job",
  danger: true,
};

describe("a question", () => {
  it("says what is lost, and its button what it does", async () => {
    render(Confirm);
    const answer = ask(question);
    const dialog = await screen.findByRole("dialog", { name: "Delete first-voice?" });
    expect(dialog).toHaveTextContent("a voice of 63 MB");
    await userEvent.setup().click(screen.getByRole("button", { name: "Delete the job" }));
    expect(await answer).toBe(true);
    expect(screen.queryByRole("dialog")).toBeNull();
  });

  it.each(["Cancel", "Close"])("is answered no by %s", async (name) => {
    render(Confirm);
    const answer = ask(question);
    await userEvent.setup().click(await screen.findByRole("button", { name }));
    expect(await answer).toBe(false);
  });

  it("is answered no by the next one", async () => {
    const first = ask(question);
    const second = ask(question);
    expect(await first).toBe(false);
    render(Confirm);
    await userEvent.setup().click(await screen.findByRole("button", { name: "Cancel" }));
    expect(await second).toBe(false);
  });
});
