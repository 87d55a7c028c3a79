import type { Control } from "$lib/api/control";
import type { JobDraft, Offers, Planned, Problem, Report } from "$lib/api/types";
import { without } from "$lib/form/places";
import { Latest } from "./latest.svelte";

type Calls = Pick<Control, "check" | "plan" | "offers">;

/** A job, and whose secrets it would be given. */
interface Asked {
  readonly job: JobDraft;
  readonly profile: string;
}

/** What a look through the data gave, without what is wrong with the settings alone. */
export interface Findings {
  readonly problems: readonly Problem[];
  readonly notChecked: readonly string[];
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What the server says of a draft while it is typed: rules, the plan, the data, and offers. */
export class Checks {
  readonly rules: Latest<JobDraft, Report>;
  readonly plan: Latest<Asked, Planned>;
  readonly data: Latest<Asked, Findings>;
  readonly offers: Latest<Asked, Offers>;

  constructor(control: Calls) {
    this.rules = new Latest((job, signal) => control.check(job, {}, signal));
    this.plan = new Latest(({ job, profile }, signal) => control.plan(job, { profile }, signal));
    this.data = new Latest((asked, signal) => findings(control, asked, signal), 600);
    this.offers = new Latest(
      ({ job, profile }, signal) => control.offers(job, { profile }, signal),
      600,
    );
  }

  /** All that is known to be wrong, or may be; what the newest questions are about may follow. */
  readonly problems: readonly Problem[] = $derived.by(() => [
    ...(this.rules.answer?.problems ?? []),
    ...(this.data.answer?.problems ?? []),
  ]);

  /** What couldn't be looked at before the start, in words, each once. */
  readonly notChecked: readonly string[] = $derived.by(() => [
    ...new Set([
      ...(this.rules.answer?.not_checked ?? []),
      ...(this.data.answer?.notChecked ?? []),
    ]),
  ]);

  /** What was found out of the place for the results; empty while that is not known. */
  readonly results: string = $derived.by(() => {
    const found = this.rules.busy ? undefined : this.rules.answer?.facts["results"];
    return typeof found === "string" ? found : "";
  });

  /** Hears what the job is now, and whose secrets it would be given. */
  look(job: JobDraft, profile = ""): void {
    this.rules.ask(job);
    this.plan.ask({ job, profile });
  }

  /**
   * Asks what could be rented. All of it is wanted, to choose from: what was chosen already,
   * the name and where results go have no part in the question.
   */
  lookForOffers(job: JobDraft, profile = ""): void {
    const compute = { ...job.compute, gpus: [] };
    this.offers.ask({ job: { ...job, name: "", compute }, profile });
  }

  end(): void {
    this.rules.cancel();
    this.plan.cancel();
    this.data.cancel();
    this.offers.cancel();
  }
}

/** The data's own problems are those that a check without data doesn't have. */
async function findings(control: Calls, asked: Asked, signal: AbortSignal): Promise<Findings> {
  const { job, profile } = asked;
  const [whole, rules] = await Promise.all([
    control.check(job, { data: true, profile }, signal),
    control.check(job, {}, signal),
  ]);
  return {
    problems: without(whole.problems, rules.problems),
    notChecked: whole.not_checked.filter((sentence) => !rules.not_checked.includes(sentence)),
    facts: Object.fromEntries(
      Object.entries(whole.facts).filter(([name]) => !(name in rules.facts)),
    ),
  };
}
