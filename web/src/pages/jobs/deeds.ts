import type { Control } from "$lib/api/control";
import { ProblemError } from "$lib/api/problem";
import type { JobRow } from "$lib/api/types";
import { hasEnded } from "$lib/components/states";
import type { Question } from "$lib/state/questions.svelte";
import { t } from "$lib/texts";
import { nameOf } from "./words";

/** What can be done with one job or with several at once. */
export type Deed = "save" | "now" | "resume" | "remove";

type Doer = Pick<Control, "stop" | "resume" | "remove">;

export interface Outcome {
  done: number;
  refused: { name: string; why: string }[];
}

const AT_ONCE = 4;
const NAMED = 5;

export function possible(row: JobRow, deed: Deed): boolean {
  switch (deed) {
    case "save":
      // Of one that has come out in its pod, nothing is to be saved: its results are to be fetched.
      return row.state !== null && !hasEnded(row.outcome ?? row.state) && row.stopping === null;
    case "now":
      return row.state !== null && !hasEnded(row.state) && row.stopping !== "now";
    case "resume":
      return hasEnded(row.state) && row.state !== "succeeded";
    case "remove":
      return row.state === null || hasEnded(row.state);
  }
}

/** What is to be asked before it is done; null if nothing can be lost by it. */
export function questionOf(deed: Deed, rows: readonly JobRow[], chosen: number): Question | null {
  const n = rows.length;
  const left = chosen - n;
  switch (deed) {
    case "resume":
      return null;
    case "save":
      if (chosen === 1) return null;
      return {
        title: t.jobs.ask.save(n),
        text: sentences(t.jobs.ask.saveText, left && t.jobs.ask.leftEnded(left)),
        action: t.jobs.ask.saveAction,
      };
    case "now":
      return {
        title: t.jobs.ask.now(n),
        text: sentences(t.jobs.ask.nowText, left && t.jobs.ask.leftEnded(left)),
        lost: [t.jobs.ask.nowLost],
        action: t.jobs.ask.nowAction,
        danger: true,
      };
    case "remove":
      return {
        title: t.jobs.ask.remove(n),
        text: sentences(t.jobs.ask.removeText, left && t.jobs.ask.leftRunning(left)),
        lost: lostWith(rows),
        action: t.jobs.ask.removeAction(n),
        danger: true,
      };
  }
}

/** Does it to each, a few at once; what one refuses keeps none of the others. */
export async function perform(
  deed: Deed,
  rows: readonly JobRow[],
  control: Doer,
): Promise<Outcome> {
  const outcome: Outcome = { done: 0, refused: [] };
  const left = [...rows];
  const work = async () => {
    for (let row = left.shift(); row; row = left.shift()) {
      try {
        await doers[deed](control, row.id);
        outcome.done += 1;
      } catch (error) {
        outcome.refused.push({ name: nameOf(row), why: whyOf(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return outcome;
}

const doers: Record<Deed, (control: Doer, id: string) => Promise<unknown>> = {
  save: (control, id) => control.stop(id, "save"),
  now: (control, id) => control.stop(id, "now"),
  resume: (control, id) => control.resume(id),
  remove: (control, id) => control.remove(id),
};

function lostWith(rows: readonly JobRow[]): string[] {
  const named = rows
    .slice(0, NAMED)
    .map((row) => t.jobs.ask.oneLost(nameOf(row), t.jobs.ask.removeLost));
  const more = rows.length - named.length;
  return more > 0 ? [...named, t.jobs.ask.andMore(more)] : named;
}

function whyOf(error: unknown): string {
  return error instanceof ProblemError ? error.message : t.jobs.refused;
}

function sentences(...parts: (string | 0)[]): string {
  return parts.filter(Boolean).join(" ");
}
