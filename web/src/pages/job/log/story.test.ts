import { render, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import { storyOf } from "./story";
import Story from "./Story.svelte";

const attempt = { t: 1, event: "attempt", about: { attempt: 1 } };
const tried = (outcome: string, t = 2) => ({
  t,
  event: "offer",
  about: { gpu: "NVIDIA RTX A5000", cloud: "community", outcome },
});
const said = (text: unknown) => ({ t: 3, event: "pod", about: { said: text } });

describe("what happened before there was a log", () => {
  it("is which offers were tried, and what the pod said", () => {
    const events = [attempt, tried("no-capacity"), tried("taken"), said("start container")];
    expect(storyOf(events)).toEqual([
      { t: 2, text: "Asked for RTX A5000 (community)", outcome: "none free", tone: "plain" },
      { t: 2, text: "Asked for RTX A5000 (community)", outcome: "rented", tone: "good" },
      { t: 3, text: "start container", outcome: "", tone: "plain" },
    ]);
  });

  it("is of the newest attempt, and of nothing else", () => {
    const events = [
      attempt,
      tried("lost"),
      { ...attempt, t: 9 },
      said(7),
      { ...attempt, event: "x" },
    ];
    expect(storyOf(events)).toEqual([]);
    expect(storyOf([tried("lost")])[0]?.tone).toBe("warn");
    expect(storyOf([tried("strange")])[0]?.outcome).toBe("strange");
  });

  it("is all that a pod said at a time, and how much of it is left out", () => {
    const about = { said: "two", lines: ["one", "two"], left_out: 1200 };
    const lines = storyOf([attempt, { t: 3, event: "pod", about }]);
    expect(lines.map(({ text }) => text)).toEqual([
      "… 1,200 lines are left out here",
      "one",
      "two",
    ]);
    expect(storyOf([{ t: 3, event: "pod", about: { ...about, left_out: 0 } }])).toHaveLength(2);
  });

  it("is read out as it comes", async () => {
    const { rerender } = render(Story, { lines: storyOf([tried("no-capacity")]), ended: false });
    expect(screen.getByRole("list").getAttribute("aria-live")).toBe("polite");
    await rerender({ lines: storyOf([tried("no-capacity"), said("begins")]), ended: false });
    expect(screen.getAllByRole("listitem")).toHaveLength(2);
  });
});
