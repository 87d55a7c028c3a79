import { render, screen, waitFor } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import { UnreachableError } from "$lib/api/problem";
import type { SecretView } from "$lib/api/types";
import { Secrets } from "$lib/state/secrets.svelte";
import { t } from "$lib/texts";
import SecretRow from "./SecretRow.svelte";

const CANARY = "hf_canary_that_nobody_may_keep";
const texts = t.settings.secrets;

const unset: SecretView = {
  name: "HF_TOKEN",
  about: "Hugging Face",
  jobs: true,
  keeper: null,
  ending: null,
  own: false,
  covered: null,
  keeps: ["memory", "file"],
};

function show(secret: SecretView, profile = "") {
  const calls = {
    secrets: vi.fn().mockResolvedValue([]),
    keepSecret: vi.fn().mockResolvedValue(undefined),
    removeSecret: vi.fn().mockResolvedValue(undefined),
    testSecret: vi.fn().mockResolvedValue({ ok: true, sentences: ["It reads."], next_step: "" }),
  };
  render(SecretRow, { secret, secrets: new Secrets(calls, profile) });
  return { calls, user: userEvent.setup() };
}

const buttons = () =>
  screen.queryAllByRole("button").map((button) => button.getAttribute("aria-label"));

const way = (keep: keyof typeof texts.keeps) =>
  screen.getByRole<HTMLInputElement>("radio", { name: new RegExp(`^${texts.keeps[keep].label}`) });

describe("what one can do", () => {
  it("with one of the environment: only test it, and it says why", () => {
    show({ ...unset, keeper: "environment", ending: "1234" });
    expect(buttons()).toEqual([texts.testLong("HF_TOKEN")]);
    screen.getByText(texts.readOnly);
    screen.getByText(/ends with 1234/);
  });

  it("with none: set it", () => {
    show(unset);
    expect(buttons()).toEqual([texts.setLong("HF_TOKEN")]);
    screen.getByText(texts.unset);
  });

  it("with a profile's own that is gone: it says what that means", () => {
    show({ ...unset, own: true }, "work");
    screen.getByText(texts.ownGone);
  });
});

describe("setting one", () => {
  it("sends it once, to where it is to be kept, and leaves no trace of it", async () => {
    const { calls, user } = show(unset);
    await user.click(screen.getByRole("button", { name: texts.setLong("HF_TOKEN") }));
    await user.click(way("file"));
    await user.type(screen.getByRole("textbox", { name: texts.value }), CANARY);
    await user.click(screen.getByRole("button", { name: texts.keepIt }));
    expect(calls.keepSecret.mock.calls).toEqual([["HF_TOKEN", CANARY, "file", ""]]);
    await waitFor(() => {
      expect(screen.queryByRole("textbox")).toBeNull();
    });
    expect(document.documentElement.outerHTML).not.toContain(CANARY);
    expect(Object.values(localStorage).concat(Object.values(sessionStorage)).join()).not.toContain(
      CANARY,
    );
  });

  it("offers no keyring where there is none", async () => {
    const { user } = show(unset);
    await user.click(screen.getByRole("button", { name: texts.setLong("HF_TOKEN") }));
    expect(way("keyring").disabled).toBe(true);
    screen.getByText(texts.noKeyring);
  });

  it("tests what was typed before it is kept", async () => {
    const { calls, user } = show(unset);
    await user.click(screen.getByRole("button", { name: texts.setLong("HF_TOKEN") }));
    await user.type(screen.getByRole("textbox", { name: texts.value }), CANARY);
    await user.click(screen.getByRole("button", { name: texts.testFirst }));
    await screen.findByText("It reads.");
    expect(calls.testSecret.mock.calls[0]?.slice(0, 2)).toEqual([
      "HF_TOKEN",
      { repository: "", value: CANARY, profile: "" },
    ]);
    expect(calls.keepSecret).not.toHaveBeenCalled();
  });

  it("says at the field why it was refused, and keeps what was typed", async () => {
    const { calls, user } = show(unset);
    calls.keepSecret.mockRejectedValueOnce(new UnreachableError("gone"));
    await user.click(screen.getByRole("button", { name: texts.setLong("HF_TOKEN") }));
    const field = screen.getByRole<HTMLInputElement>("textbox", { name: texts.value });
    await user.type(field, "x");
    await user.click(screen.getByRole("button", { name: texts.keepIt }));
    await screen.findByText(t.kit.unreachable);
    expect(field.value).toBe("x");
    expect(field.getAttribute("aria-invalid")).toBe("true");
  });
});
