import type { Control } from "$lib/api/control";
import type { Live } from "$lib/api/live";
import type { Line } from "$lib/api/live-lines";
import { ProblemError } from "$lib/api/problem";
import type { JobDraft, JobEvent, JobView, RecipeView } from "$lib/api/types";
import { hasEnded } from "$lib/components/states";
import { TimeLeft } from "./timeLeft";

export type Doing = "start" | "save" | "stop" | "resume" | "push" | "remove";

type Calls = Pick<
  Control,
  "job" | "start" | "save" | "stop" | "resume" | "push" | "remove" | "copy" | "recipe"
>;

/** One job, as it is now; what its page and all tabs of it show. */
export class JobState<C extends Calls = Control> {
  readonly id: string;
  readonly control: C;
  /** gone: it is not there, or no longer. */
  status = $state<"loading" | "ready" | "failed" | "gone">("loading");
  /** Why it could not be loaded. */
  error = $state.raw<unknown>(null);
  /** The newest that was heard; null before. What was shown stays while nothing is heard. */
  found = $state.raw<JobView | null>(null);
  /** All that happened, the oldest first. */
  events = $state.raw<readonly JobEvent[]>([]);
  /** As asked for, with what its attempts changed; null until `describe`. */
  asked = $state.raw<JobDraft | null>(null);
  /** null until `describe`. */
  recipe = $state.raw<RecipeView | null>(null);
  /** An action that is under way. */
  busy = $state<Doing | null>(null);

  readonly timeLeft = new TimeLeft();
  readonly #live: Pick<Live, "job" | "events">;
  #askedToSave = $state.raw<Awaited | null>(null);
  #askedOf = 0; // the attempt that `asked` knows of

  constructor(control: C, live: Pick<Live, "job" | "events">, id: string) {
    this.control = control;
    this.#live = live;
    this.id = id;
  }

  /** Hears of the job until the answer is called. */
  follow(): () => void {
    this.events = [];
    const leave = [
      this.#live.job(this.id, (view) => {
        if (view) this.#take(view);
        else this.status = "gone";
      }),
      this.#live.events(this.id, 0, {
        lines: (lines, _next, reset) => {
          const more = lines.map(event);
          if (reset) this.events = more;
          else if (more.length) this.events = [...this.events, ...more];
          this.#settle();
        },
      }),
    ];
    void this.load();
    return () => {
      for (const each of leave) each();
    };
  }

  /** Asks for it, unless it was heard of meanwhile. */
  async load(): Promise<void> {
    const before = this.found;
    try {
      const view = await this.control.job(this.id);
      if (this.found === before) this.#take(view);
    } catch (error) {
      if (this.found !== before) return;
      if (error instanceof ProblemError && error.status === 404) this.status = "gone";
      else if (this.status === "loading") this.status = "failed";
      this.error = error;
    }
  }

  /** The same as `found`, where it is known to be there. */
  get view(): JobView {
    if (!this.found) throw new Error("The job was not heard of yet");
    return this.found;
  }

  get title(): string {
    return this.found?.name || this.id;
  }

  get ended(): boolean {
    return hasEnded(this.found?.state ?? null);
  }

  /** Whether a checkpoint is awaited that somebody asked for. */
  get saving(): boolean {
    const known = this.found?.saving ?? null;
    return !this.ended && (this.busy === "save" || this.#askedToSave !== null || known !== null);
  }

  /** How far it is, 0 to 1; null where the trainer doesn't say. */
  get share(): number | null {
    if (!this.found) return null;
    const { step, steps, epoch, epochs } = this.found.progress;
    if (step !== null && steps) return Math.min(1, step / steps);
    return epoch !== null && epochs ? Math.min(1, epoch / epochs) : null;
  }

  /** Loads `asked` and `recipe`, unless they are there. */
  async describe(): Promise<void> {
    const { attempt, recipe } = this.view;
    const [asked, known] = await Promise.all([
      this.asked && this.#askedOf === attempt ? this.asked : this.control.copy(this.id),
      this.recipe ?? this.control.recipe(recipe),
    ]);
    this.asked = asked;
    this.recipe = known;
    this.#askedOf = attempt;
  }

  // -- what one can do ----------------------------------------------------------

  async start(): Promise<void> {
    await this.#do("start", () => this.control.start(this.id));
  }

  /** Asks for a checkpoint, and answers with what is said of it: that it came, or that none did. */
  async save(): Promise<JobEvent> {
    const from = this.events.length;
    await this.#do("save", () => this.control.save(this.id));
    return new Promise((resolve) => {
      this.#askedToSave = { from, resolve };
      this.#settle();
    });
  }

  async stop(how: "save" | "now"): Promise<void> {
    await this.#do("stop", () => this.control.stop(this.id, how));
  }

  async resume(overrides: Record<string, unknown> = {}): Promise<void> {
    await this.#do("resume", () => this.control.resume(this.id, { overrides }));
  }

  async push(repository = ""): Promise<void> {
    await this.#do("push", () => this.control.push(this.id, repository));
  }

  async remove(): Promise<void> {
    await this.#do("remove", async () => {
      await this.control.remove(this.id);
      this.status = "gone";
      return null;
    });
  }

  async #do(what: Doing, act: () => Promise<JobView | null>): Promise<void> {
    this.busy = what;
    try {
      const view = await act();
      if (view) this.#take(view);
    } finally {
      this.busy = null;
    }
  }

  #settle(): void {
    if (!this.#askedToSave) return;
    const { from, resolve } = this.#askedToSave;
    const told = this.events.slice(from).find(tellsOfSaving);
    if (!told) return;
    this.#askedToSave = null;
    resolve(told);
  }

  #take(view: JobView): void {
    this.found = view;
    this.status = "ready";
    this.error = null;
    const known = view.state === "training" ? view.progress.seconds_left : null;
    this.timeLeft.hear(known, Date.now() / 1000);
  }
}

/** What an asked-for checkpoint is awaited with: the first event that can tell of it. */
interface Awaited {
  readonly from: number;
  readonly resolve: (told: JobEvent) => void;
}

function tellsOfSaving({ event, about }: JobEvent): boolean {
  const cause = about["cause"] as { code?: unknown } | null | undefined;
  return event === "checkpoint" || (event === "warning" && cause?.code === "not-saved");
}

/** A line of events.jsonl in the shape that the API gives. */
function event(line: Line): JobEvent {
  const { t, event: name, ...about } = line;
  return { t: Number(t ?? 0), event: typeof name === "string" ? name : "", about };
}
