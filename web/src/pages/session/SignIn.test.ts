import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ProblemError, UnreachableError } from "$lib/api/problem";
import { session } from "$lib/state/session.svelte";
import SignIn from "./SignIn.svelte";

const wrong = new ProblemError({
  type: "about:blank",
  title: "Unauthorized",
  status: 401,
  detail: "That is not the password.",
  code: "wrong-password",
  field: "password",
  next_step: "Try again.",
  problems: [],
});

beforeEach(() => {
  session.standing = "out";
  session.password = false;
  session.wrongLink = false;
});

describe("the page of who is signed out", () => {
  it("says how to get in where only the link opens it", () => {
    session.wrongLink = true;
    render(SignIn);
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("This page is signed out");
    expect(screen.getByText("./launch")).toBeVisible();
    expect(screen.getByRole("status")).toHaveTextContent("no longer valid");
    expect(screen.queryByLabelText("Password")).toBeNull();
  });

  it("asks for the password where there is one, and empties the field each time", async () => {
    session.password = true;
    const signIn = vi.spyOn(session, "signIn").mockRejectedValueOnce(wrong);
    render(SignIn);
    const user = userEvent.setup();
    const field = screen.getByLabelText("Password");
    expect(field).toHaveAttribute("type", "password");
    await user.type(field, "guess{Enter}");
    expect(await screen.findByText(/That is not the password/)).toBeVisible();
    expect(field).toHaveValue("");
    signIn.mockResolvedValueOnce();
    await user.type(field, "right{Enter}");
    expect(signIn.mock.calls).toEqual([["guess"], ["right"]]);
    await vi.waitFor(() => {
      expect(screen.queryByText(/That is not the password/)).toBeNull();
    });
  });

  it("says so when the server went away meanwhile", async () => {
    session.password = true;
    vi.spyOn(session, "signIn").mockRejectedValue(new UnreachableError("gone"));
    render(SignIn);
    const user = userEvent.setup();
    await user.type(screen.getByLabelText("Password"), "right{Enter}");
    expect(await screen.findByRole("alert")).toHaveTextContent("Tuneyard can’t be reached.");
  });

  it("waits for a server that is away, and looks for it by itself", async () => {
    vi.useFakeTimers();
    const look = vi.spyOn(session, "look").mockResolvedValue(true);
    session.standing = "unreachable";
    render(SignIn);
    expect(screen.getByRole("heading", { level: 1 })).toHaveTextContent("can’t be reached");
    await vi.advanceTimersByTimeAsync(4500);
    expect(look).toHaveBeenCalledTimes(2);
    vi.useRealTimers();
  });
});
