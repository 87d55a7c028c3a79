import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { ProblemError } from "$lib/api/problem";
import type { SecretView } from "$lib/api/types";
import type { JobState } from "$lib/state/job.svelte";
import PushDialog from "./PushDialog.svelte";

const writer: SecretView = {
  name: "HF_WRITE_TOKEN",
  about: "",
  jobs: true,
  keeper: "keyring",
  ending: "x9Qz",
  own: true,
  covered: null,
  keeps: ["memory"],
};

const push = vi.fn<(repository: string) => Promise<void>>();
const testSecret = vi.fn();

function shown({ secrets = [writer], repository = "", isPrivate = true } = {}) {
  const job = {
    view: { repository: repository ? { name: repository, url: "" } : null },
    asked: { results: { private: isPrivate } },
    busy: null,
    describe: () => Promise.resolve(),
    push,
    control: { secrets: () => Promise.resolve(secrets), testSecret },
  } as unknown as JobState;
  render(PushDialog, { job: job, open: true });
  return userEvent.setup();
}

const field = () => screen.getByRole<HTMLInputElement>("textbox", { name: "Repository" });
const button = (name: string) => screen.getByRole("button", { name });

beforeEach(() => {
  push.mockReset().mockResolvedValue();
  testSecret.mockReset();
});

describe("PushDialog", () => {
  it("begins with the job's own repository and pushes there", async () => {
    const user = shown({ repository: "anna/voice" });
    expect(field().value).toBe("anna/voice");
    await user.click(button("Push"));
    expect(push).toHaveBeenCalledExactlyOnceWith("anna/voice");
    expect(screen.queryByRole("textbox")).toBeNull();
  });

  it("says what is wrong with a name when the field is left, and pushes nothing", async () => {
    const user = shown();
    await user.type(field(), "anna");
    expect(screen.queryByText(/Write it as owner/)).toBeNull();
    await user.tab();
    expect(screen.getByText(/Write it as owner/)).toBeTruthy();
    await user.click(button("Push"));
    expect(push).not.toHaveBeenCalled();
  });

  it("says whether the repository will be private", () => {
    shown({ isPrivate: false });
    expect(screen.getByText(/will be public/)).toBeTruthy();
  });

  it("says whose token is used, and tells what a test of it found", async () => {
    testSecret.mockResolvedValue({
      ok: false,
      sentences: ["It can’t write there."],
      next_step: "",
    });
    const user = shown({ repository: "anna/voice" });
    expect(await screen.findByText(/ends with x9Qz/)).toBeTruthy();
    await user.click(button("Test access"));
    expect(testSecret).toHaveBeenCalledExactlyOnceWith("HF_WRITE_TOKEN", {
      repository: "anna/voice",
    });
    expect(screen.getByText("It can’t write there.")).toBeTruthy();
    await user.type(field(), "2");
    expect(screen.queryByText("It can’t write there.")).toBeNull();
  });

  it("tells nothing of a repository that is another one by then", async () => {
    let answer: (tested: object) => void = () => undefined;
    testSecret.mockReturnValue(new Promise((resolve) => (answer = resolve)));
    const user = shown({ repository: "anna/voice" });
    await screen.findByText(/ends with x9Qz/);
    await user.click(button("Test access"));
    await user.type(field(), "2");
    answer({ ok: true, sentences: ["It can write there."], next_step: "" });
    await vi.waitFor(() => {
      expect(button("Test access").getAttribute("aria-busy")).toBeNull();
    });
    expect(screen.queryByText("It can write there.")).toBeNull();
  });

  it("leads to the settings where nobody holds a token", async () => {
    shown({ secrets: [{ ...writer, keeper: null, ending: null }] });
    const link = await screen.findByRole("link", { name: "Open the settings" });
    expect(link.getAttribute("href")).toBe("/settings");
  });

  it("shows the server's refusal at the field", async () => {
    push.mockRejectedValue(
      new ProblemError({
        type: "about:blank",
        title: "",
        status: 409,
        detail: "The job names no repository to push to.",
        code: "no-repository",
        field: "results.repository",
        next_step: "Name one.",
        problems: [],
      }),
    );
    const user = shown({ repository: "anna/voice" });
    await user.click(button("Push"));
    expect(screen.getByText(/names no repository/)).toBeTruthy();
    expect(field().getAttribute("aria-invalid")).toBe("true");
  });
});
