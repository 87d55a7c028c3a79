import type { Follow, Message } from "./follow";
import type { ProblemDetails } from "./types";

/** A line of metrics.jsonl or events.jsonl. */
export type Line = Readonly<Record<string, unknown>>;

export interface LinesHandler {
  /** New lines, and the byte offset after them. `reset`: the file began again, these are all. */
  lines(lines: readonly Line[], next: number, reset: boolean): void;
  failed?(problem: ProblemDetails): void;
}

export class LinesFollow implements Follow {
  readonly #channel: string;
  readonly #job: string;
  readonly #handler: LinesHandler;
  #next: number;
  #begun = false;

  constructor(channel: "metrics" | "events", job: string, offset: number, handler: LinesHandler) {
    this.#channel = channel;
    this.#job = job;
    this.#next = offset;
    this.#handler = handler;
  }

  ask(): Record<string, unknown> {
    this.#begun = false;
    return { channel: this.#channel, job: this.#job, offset: this.#next };
  }

  take(message: Message): void {
    const lines = message["lines"] as Line[];
    const reset = message["reset"] === true;
    if (!this.#begun) {
      // The first message only says that it begins. What comes before it is of an earlier follow.
      this.#begun = lines.length === 0 && !reset;
      if (!this.#begun) return;
    }
    this.#next = Number(message["next"]);
    if (lines.length > 0 || reset) this.#handler.lines(lines, this.#next, reset);
  }

  fail(problem: ProblemDetails): void {
    this.#handler.failed?.(problem);
  }
}
