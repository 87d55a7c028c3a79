import type { Control } from "$lib/api/control";
import type { SpokenSample } from "$lib/api/types";
import { Listing } from "./listing.svelte";

/** All that was made at one moment of training: one checkpoint's, or the finished model's. */
export interface Group {
  name: string;
  epoch: number | null;
  made: number;
}

/** One sentence, or one prompt, and what each group made of it. */
export interface Line {
  key: string;
  text: string;
  speaker: string | null;
  /** By the group's name. */
  samples: ReadonlyMap<string, SpokenSample>;
}

/** What a job made to listen to or look at. */
export class Samples extends Listing<SpokenSample> {
  /** The newest first. */
  groups = $derived(groupsOf(this.list ?? []));
  /** In the order of the newest group; what only older ones have comes after. */
  lines = $derived(linesOf(this.list ?? []));

  constructor(control: Pick<Control, "samples">, job: string) {
    super(() => control.samples(job));
  }
}

export function groupsOf(list: readonly SpokenSample[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { group, epoch, made } of list)
    if (!groups.has(group)) groups.set(group, { name: group, epoch, made });
  return [...groups.values()];
}

export function linesOf(list: readonly SpokenSample[]): Line[] {
  const lines = new Map<string, Line & { samples: Map<string, SpokenSample> }>();
  const seen = new Map<string, number>();
  for (const sample of list) {
    // The same sentence may be spoken twice in a group: the second is a line of its own.
    const said = `${sample.group}\n${sample.speaker ?? ""}\n${sample.text}`;
    const nth = (seen.get(said) ?? 0) + 1;
    seen.set(said, nth);
    const key = `${sample.speaker ?? ""}\n${sample.text}\n${nth}`;
    let line = lines.get(key);
    if (!line) {
      line = { key, text: sample.text, speaker: sample.speaker, samples: new Map() };
      lines.set(key, line);
    }
    line.samples.set(sample.group, sample);
  }
  return [...lines.values()];
}

export type Medium = "sound" | "picture" | "other";

const media: Readonly<Record<string, Medium>> = {
  wav: "sound",
  mp3: "sound",
  flac: "sound",
  ogg: "sound",
  opus: "sound",
  m4a: "sound",
  png: "picture",
  jpg: "picture",
  jpeg: "picture",
  webp: "picture",
};

/** How a sample can be shown, by its name; all else is a file to download. */
export function mediumOf(path: string): Medium {
  return media[path.slice(path.lastIndexOf(".") + 1).toLowerCase()] ?? "other";
}
