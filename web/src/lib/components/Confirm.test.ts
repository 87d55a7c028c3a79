import { render, screen } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { expect, it } from "vitest";
import { ask } from "$lib/state/questions.svelte";
import Confirm from "./Confirm.svelte";

const button = () => screen.getByRole<HTMLButtonElement>("button", { name: "End it" });

it("of what is somebody else's has to be ticked before, each time anew", async () => {
  const user = userEvent.setup();
  render(Confirm);
  const question = { title: "End it?", text: "Another one's.", agree: "I know", action: "End it" };
  const first = ask(question);
  await screen.findByText("Another one's.");
  expect(button().disabled).toBe(true);
  await user.click(screen.getByRole("checkbox", { name: "I know" }));
  await user.click(button());
  expect(await first).toBe(true);
  const second = ask({ ...question });
  await screen.findByText("Another one's.");
  expect(button().disabled).toBe(true);
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(await second).toBe(false);
});
