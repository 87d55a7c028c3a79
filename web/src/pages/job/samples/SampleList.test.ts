import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SpokenSample } from "$lib/api/types";
import { player } from "$lib/state/player.svelte";
import { groupsOf, linesOf } from "$lib/state/samples.svelte";
import SampleList from "./SampleList.svelte";

function sample(
  group: string,
  epoch: number | null,
  text: string,
  more: Partial<SpokenSample> = {},
) {
  const path = `${group}/${text}.wav`;
  const known = { speaker: null, seconds: 1.4, silent: false, made: 0 };
  return { path, group, epoch, text, ...known, ...more };
}

const list = [
  sample("final", null, "one"),
  sample("final", null, "two", { silent: true }),
  sample("epoch-8", 8, "one"),
  sample("epoch-4", 4, "one"),
];

const spied = (name: "toggle" | "playAll") => vi.spyOn(player, name).mockReturnValue();
let toggle: ReturnType<typeof spied>;
let playAll: ReturnType<typeof spied>;

const show = (wide: boolean) =>
  render(SampleList, {
    wide,
    groups: groupsOf(list),
    lines: linesOf(list),
    source: (path: string) => path,
    saving: (path: string) => ({ href: path, download: true as const }),
    zip: ({ name }: { name: string }) => ({ href: `/zip/${name}`, download: true as const }),
    growth: ({ samples }: { samples: ReadonlyMap<string, SpokenSample> }) =>
      [...samples.values()].map((each) => each.path).reverse(),
  });

beforeEach(() => {
  toggle = spied("toggle");
  playAll = spied("playAll");
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      observe() {
        // nothing is ever in sight: no sound is fetched
      }
      disconnect() {
        // nothing to end
      }
    },
  );
});

const play = (text: string, group: string) =>
  screen.getByRole("button", { name: `Play “${text}”, ${group}` });

describe("samples side by side", () => {
  beforeEach(() => {
    show(true);
  });

  it("has a column for each checkpoint, the newest first, and a line for each sentence", () => {
    const heads = screen.getAllByRole("columnheader").map((each) => each.textContent.trim());
    expect(heads).toHaveLength(4);
    expect(heads[1]).toContain("Final");
    expect(heads[2]).toContain("Epoch 8");
    expect(heads[3]).toContain("Epoch 4");
    expect(screen.getAllByRole("row")).toHaveLength(3);
  });

  it("says in words what is silent and what was not spoken", () => {
    const [, , two] = screen.getAllByRole("row");
    expect(two?.textContent).toContain("silent");
    expect(two?.textContent.match(/not spoken/g)).toHaveLength(2);
  });

  it("plays one, and a sentence from its first checkpoint to the newest", async () => {
    await userEvent.click(play("one", "Epoch 8"));
    expect(toggle).toHaveBeenCalledExactlyOnceWith("epoch-8/one.wav");
    await userEvent.click(screen.getByRole("button", { name: /^Hear it grow: “one”/ }));
    expect(playAll).toHaveBeenCalledExactlyOnceWith([
      "epoch-4/one.wav",
      "epoch-8/one.wav",
      "final/one.wav",
    ]);
    expect(screen.queryByRole("button", { name: /^Hear it grow: “two”/ })).toBeNull();
  });

  it("goes from one to the next with the arrow keys", async () => {
    const user = userEvent.setup();
    play("one", "Final").focus();
    await user.keyboard("{ArrowRight}");
    expect(document.activeElement).toBe(play("one", "Epoch 8"));
    await user.keyboard("{ArrowLeft}{ArrowDown}");
    expect(document.activeElement).toBe(play("two", "Final"));
    await user.keyboard("{ArrowRight}"); // nothing is there
    expect(document.activeElement).toBe(play("two", "Final"));
    await user.keyboard(" ");
    expect(toggle).toHaveBeenCalledExactlyOnceWith("final/two.wav");
  });
});

describe("samples under each other", () => {
  beforeEach(() => {
    show(false);
  });

  it("have a section for each checkpoint with what it made, and their growth once", () => {
    const sections = screen.getAllByRole("region");
    expect(sections.map((each) => each.getAttribute("aria-label"))).toEqual([
      "Final",
      "Epoch 8",
      "Epoch 4",
    ]);
    expect(sections.map((each) => within(each).getAllByRole("listitem").length)).toEqual([2, 1, 1]);
    expect(screen.getAllByRole("button", { name: /^Hear it grow/ })).toHaveLength(1);
  });

  it("play by themselves", async () => {
    await userEvent.click(play("one", "Epoch 4"));
    expect(toggle).toHaveBeenCalledExactlyOnceWith("epoch-4/one.wav");
  });
});
