import { number } from "$lib/format";
import type { Group } from "$lib/state/samples.svelte";
import { t } from "$lib/texts";

/** What a group of samples is called: “Final”, “Epoch 12”, or its folder's name. */
export function groupName(group: Pick<Group, "name" | "epoch">): string {
  if (group.name === "final") return t.samples.final;
  return group.epoch === null ? group.name : t.samples.epoch(number(group.epoch));
}

const format = new Intl.NumberFormat(undefined, {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

/** With one digit always, so that a time that runs keeps its width: 1.0 */
export function tenths(value: number): string {
  return format.format(value);
}
