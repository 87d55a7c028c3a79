import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SpokenSample } from "$lib/api/types";
import { jobRow } from "$lib/state/jobsForTests";
import { player } from "$lib/state/player.svelte";
import { toasts } from "$lib/state/toasts.svelte";
import SampleButton from "./SampleButton.svelte";

const { samples } = vi.hoisted(() => ({ samples: vi.fn<() => Promise<SpokenSample[]>>() }));
vi.mock("$lib/api", () => ({
  control: {
    can: { links: true },
    samples,
    fileAddress: (id: string, path: string) => `/${id}/${path}`,
  },
}));

function sample(path: string, more: Partial<SpokenSample> = {}): SpokenSample {
  const known = { group: "final", epoch: null, text: "", speaker: null, seconds: 1, made: 0 };
  return { ...known, path, silent: false, ...more };
}

const button = () => screen.getByRole("button", { name: "Play the newest sample of voice" });
const spied = () => vi.spyOn(player, "toggle").mockReturnValue();
let toggle: ReturnType<typeof spied>;

beforeEach(() => {
  samples.mockReset();
  toggle = spied();
  render(SampleButton, { row: jobRow("id", { name: "voice" }) });
});

describe("SampleButton", () => {
  it("asks for nothing until it is pressed", () => {
    expect(button()).toBeTruthy();
    expect(samples).not.toHaveBeenCalled();
  });

  it("plays the newest that is a sound and not silent, and asks once", async () => {
    samples.mockResolvedValue([
      sample("a.png"),
      sample("quiet.wav", { silent: true }),
      sample("new.wav"),
      sample("old.wav"),
    ]);
    await userEvent.click(button());
    await userEvent.click(button());
    expect(toggle.mock.calls).toEqual([["/id/new.wav"], ["/id/new.wav"]]);
    expect(samples).toHaveBeenCalledOnce();
  });

  it("says so when there is none", async () => {
    samples.mockResolvedValue([sample("a.png")]);
    await userEvent.click(button());
    expect(screen.getByText("no sample")).toBeTruthy();
    expect(toggle).not.toHaveBeenCalled();
  });

  it("can be pressed again when asking failed", async () => {
    const say = vi.spyOn(toasts, "fail").mockReturnValue();
    samples.mockRejectedValueOnce(new Error("no"));
    samples.mockResolvedValueOnce([sample("new.wav")]);
    await userEvent.click(button());
    expect(say).toHaveBeenCalledOnce();
    await userEvent.click(button());
    expect(toggle).toHaveBeenCalledExactlyOnceWith("/id/new.wav");
  });
});
