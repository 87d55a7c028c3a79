import type { Snippet } from "svelte";
import type { SpokenSample } from "$lib/api/types";
import type { Group, Line } from "$lib/state/samples.svelte";

/** What both ways to lay samples out are made of. */
export interface Layout {
  groups: readonly Group[];
  lines: readonly Line[];
  head: Snippet<[Group]>;
  speaker: Snippet<[Line]>;
  sample: Snippet<[SpokenSample, Group]>;
  growth: Snippet<[Line]>;
}
