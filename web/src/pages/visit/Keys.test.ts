import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Tested } from "$lib/api/types";
import Keys from "./Keys.svelte";

const { testSecret, keepSecret, again } = vi.hoisted(() => ({
  testSecret: vi.fn<(name: string, what: { value: string }) => Promise<Tested>>(),
  keepSecret: vi.fn(() => Promise.resolve()),
  again: vi.fn(() => Promise.resolve()),
}));
vi.mock("$lib/api", () => ({
  control: { testSecret },
  direct: { keepSecret, forget: () => Promise.resolve() },
}));
vi.mock("$lib/state/way.svelte", () => ({
  keyWay: { again, words: "Your key goes straight to RunPod.", through: "", chosen: "usual" },
}));

const good: Tested = { ok: true, sentences: ["It is known."], next_step: "" };
const key = () => screen.getByLabelText<HTMLInputElement>(/^RunPod key/);
const begin = () => screen.getByRole("button", { name: "Check the keys and begin" });

beforeEach(() => {
  testSecret.mockReset();
  testSecret.mockResolvedValue(good);
  keepSecret.mockClear();
  render(Keys, { hosts: { runpod: "api.runpod.io", hub: "huggingface.co" } });
});

describe("the screen of keys", () => {
  it("says of each where it goes, and which way", () => {
    expect(screen.getByText(/It goes to api.runpod.io, and never into a pod/)).toBeTruthy();
    expect(screen.getByText(/It goes to huggingface.co/)).toBeTruthy();
    expect(screen.getByText("Your key goes straight to RunPod.")).toBeTruthy();
  });

  it("offers no browser to keep them", () => {
    expect(key().type).toBe("text"); // a password field would be asked about
    expect(key().autocomplete).toBe("off");
    expect(key().closest("form")?.getAttribute("autocomplete")).toBe("off");
  });

  it("tries those that were typed, and keeps them when all are taken", async () => {
    expect(begin()).toHaveProperty("disabled", true);
    await userEvent.type(key(), " rpa_1 ");
    await userEvent.type(screen.getByLabelText(/^Hugging Face token/), "hf_1");
    await userEvent.click(begin());
    await vi.waitFor(() => {
      expect(keepSecret.mock.calls).toEqual([
        ["RUNPOD_API_KEY", "rpa_1", "memory"],
        ["HF_TOKEN", "hf_1", "memory"],
      ]);
    });
    expect(testSecret.mock.calls.map(([name]) => name)).toEqual(["RUNPOD_API_KEY", "HF_TOKEN"]);
  });

  it("says at its field that one isn’t taken, and keeps none", async () => {
    testSecret.mockResolvedValue({ ok: false, sentences: ["Unknown."], next_step: "Copy it." });
    await userEvent.type(key(), "rpa_2");
    await userEvent.click(begin());
    await vi.waitFor(() => {
      expect(key().getAttribute("aria-invalid")).toBe("true");
    });
    expect(screen.getByText(/Unknown\./)).toBeTruthy();
    expect(keepSecret).not.toHaveBeenCalled();
    expect(again).toHaveBeenCalled(); // whoever said no to the way before is asked once more
  });
});
