import type { JobEvent, StepView } from "$lib/api/types";
import type { MenuItem } from "$lib/components/menu";
import { bytes } from "$lib/format";
import type { Gap } from "$lib/state/log.svelte";
import { t } from "$lib/texts";

/** A place in a log that has a name. */
export interface LogPlace {
  readonly offset: number;
  readonly attempt: number;
  /** null: the attempt's begin. */
  readonly step: StepView | null;
}

const MOST_ATTEMPTS = 5;

/** Where attempts and their steps begin, as the runner noted it. */
export function placesOf(events: readonly JobEvent[], steps: readonly StepView[]): LogPlace[] {
  let attempt = 0;
  return events.flatMap(({ event, about }): LogPlace[] => {
    const offset = about["offset"];
    if (typeof offset !== "number") return [];
    if (event === "attempt") {
      attempt = Number(about["attempt"]);
      return [{ offset, attempt, step: null }];
    }
    const step = event === "step" ? steps.find(({ n }) => n === about["n"]) : undefined;
    return step ? [{ offset, attempt, step }] : [];
  });
}

/** Where one can jump to: the edges, what was left out, attempts, and the newest one's steps. */
export function jumpsTo(
  places: readonly LogPlace[],
  gaps: readonly Gap[],
  go: { start: () => void; end: () => void; to: (offset: number) => void },
): MenuItem[] {
  const attempts = places.filter((place) => place.step === null);
  const newest = attempts.at(-1)?.attempt ?? 0;
  const item = (label: string, offset: number, more: Partial<MenuItem> = {}): MenuItem => ({
    label,
    onclick: () => {
      go.to(offset);
    },
    ...more,
  });
  const groups = [
    [
      { label: t.log.start, icon: "top" as const, onclick: go.start },
      { label: t.log.end, icon: "bottom" as const, onclick: go.end },
    ],
    gaps.map(({ from, to }, at) =>
      item(t.log.gap(bytes(to - from)) + (at ? ` (${at + 1})` : ""), from, {
        detail: t.log.gapDetail,
        icon: "warning",
      }),
    ),
    attempts.length > 1
      ? attempts
          .slice(-MOST_ATTEMPTS)
          .map(({ attempt, offset }) => item(t.log.attempt(attempt), offset))
      : [],
    places.flatMap(({ step, attempt, offset }) =>
      step && attempt === newest ? [item(step.title, offset)] : [],
    ),
  ];
  return groups.flatMap((group, at) =>
    unique(group).map((each, n) => (at > 0 && n === 0 ? { ...each, apart: true } : each)),
  );
}

/** A menu knows its entries by their labels. */
function unique(items: readonly MenuItem[]): MenuItem[] {
  const seen = new Map<string, number>();
  return items.map((item) => {
    const times = (seen.get(item.label) ?? 0) + 1;
    seen.set(item.label, times);
    return times > 1 ? { ...item, label: `${item.label} (${times})` } : item;
  });
}
