import { money, span } from "../common/words";
import type { PodSettings } from "./settings";

/** What a pod may cost, and when it has to end for that. In dollars and seconds. */

const DISK = 0.1; // a GB of a running container's disk, a month
const MONTH = 720; // hours; the shortest that bills are made of

type Limited = Pick<PodSettings, "disk_gb" | "max_dollars" | "max_hours">;

/** An hour of the whole pod, whose GPUs cost so much: with its disk. */
export function fullPrice({ disk_gb }: Pick<PodSettings, "disk_gb">, anHour: number): number {
  return anHour + (disk_gb * DISK) / MONTH;
}

/** How long a pod may live: until its hours or its dollars are used up. */
export function seconds(settings: Limited, anHour: number): number {
  const byMoney = (settings.max_dollars / fullPrice(settings, anHour)) * 3600;
  return Math.min(settings.max_hours * 3600, byMoney);
}

/** When a pod that is asked for now has to end itself, in seconds since 1970. */
export function deadline(now: number, settings: Limited, anHour: number): number {
  return Math.trunc(now) + Math.trunc(seconds(settings, anHour));
}

/** The dollars that it can cost at most. */
export function most(settings: Limited, anHour: number): number {
  return (seconds(settings, anHour) / 3600) * fullPrice(settings, anHour);
}

/** Seconds that a pod which has to end at `until` waits for its results to be collected. */
export function collect(
  now: number,
  { collect_hours }: Pick<PodSettings, "collect_hours">,
  until: number,
): number {
  const rest = Math.max(0, Math.trunc(until - now));
  return collect_hours === null ? rest : Math.min(rest, Math.trunc(collect_hours * 3600));
}

/** `Ends itself after 6 h or $3.00, whichever comes first.`, and what that is at a price. */
export function limitWords(settings: Limited, anHour: number | null = null): string {
  const hours = span(settings.max_hours * 3600);
  const limits = `Ends itself after ${hours} or ${money(settings.max_dollars)}, whichever comes first`;
  if (anHour === null) return `${limits}.`;
  const price = money(fullPrice(settings, anHour));
  const long = span(seconds(settings, anHour));
  return `${limits}: at ${price} an hour that is ${long}, and ${money(most(settings, anHour))} at most.`;
}
