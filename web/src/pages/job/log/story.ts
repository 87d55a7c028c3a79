import type { JobEvent } from "$lib/api/types";
import type { Moment } from "$lib/format";
import { shortGpu } from "$lib/gpus";
import { t } from "$lib/texts";

/** A line of what happened before there was a log. */
export interface StoryLine {
  readonly t: Moment;
  readonly text: string;
  /** How it went, where that is to be said apart. */
  readonly outcome: string;
  readonly tone: "good" | "warn" | "plain";
}

const tones: Readonly<Record<string, StoryLine["tone"]>> = {
  taken: "good",
  "no-capacity": "plain",
  lost: "warn",
};

/** Offers that were tried, and what the pod or RunPod said, of the newest attempt. */
export function storyOf(events: readonly JobEvent[]): readonly StoryLine[] {
  const begin = events.findLastIndex(({ event }) => event === "attempt");
  return events.slice(begin + 1).flatMap((event) => {
    if (event.event === "pod") return saidOf(event);
    return event.event === "offer" ? [triedOf(event)] : [];
  });
}

/** One line, or all that came at a time. */
function saidOf({ t: at, about }: JobEvent): StoryLine[] {
  const { said, lines, left_out: leftOut } = about;
  const told = (Array.isArray(lines) ? lines : [said]).map(textOf).filter(Boolean);
  if (typeof leftOut === "number" && leftOut > 0) told.unshift(t.job.story.leftOut(leftOut));
  return told.map((text) => ({ t: at, text, outcome: "", tone: "plain" }));
}

function triedOf({ t: at, about }: JobEvent): StoryLine {
  const cloud = textOf(about["cloud"]);
  const outcome = textOf(about["outcome"]);
  return {
    t: at,
    text: t.job.story.tried(shortGpu(textOf(about["gpu"])), t.newJob.rent.clouds[cloud] ?? cloud),
    outcome: t.job.story.outcomes[outcome] ?? outcome,
    tone: tones[outcome] ?? "plain",
  };
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
