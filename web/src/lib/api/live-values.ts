import type { Follow, Message, Shared } from "./follow";
import type { Counts, JobRow } from "./types";

export interface JobsHandler {
  /** Changes are told from here on: the list is to be fetched now. Again after each break. */
  began(): void;
  changed(rows: readonly JobRow[], removed: readonly string[], counts: Counts): void;
}

/** Changes of the list of jobs. The first message after a follow only says that it began. */
export class JobsFollow implements Follow, Shared<JobsHandler> {
  readonly #handlers = new Set<JobsHandler>();
  #begun = false;

  ask(): Record<string, unknown> {
    this.#begun = false;
    return { channel: "jobs" };
  }

  take(message: Message): void {
    const rows = message["rows"] as JobRow[];
    const removed = message["removed"] as string[];
    const counts = message["counts"] as Counts;
    if (!this.#begun) {
      // What comes before the empty first message is of an earlier follow.
      this.#begun = rows.length === 0 && removed.length === 0;
      if (this.#begun) for (const handler of [...this.#handlers]) handler.began();
      return;
    }
    for (const handler of [...this.#handlers]) handler.changed(rows, removed, counts);
  }

  join(handler: JobsHandler): void {
    this.#handlers.add(handler);
    if (!this.#begun) return;
    queueMicrotask(() => {
      if (this.#handlers.has(handler)) handler.began();
    });
  }

  part(handler: JobsHandler): boolean {
    this.#handlers.delete(handler);
    return this.#handlers.size === 0;
  }
}

/** Something whose newest value is all that counts. Who joins later is told it at once. */
export class ValueFollow<T> implements Follow, Shared<(value: T) => void> {
  readonly #question: Record<string, unknown>;
  readonly #name: string;
  readonly #handlers = new Set<(value: T) => void>();
  #last: { value: T } | null = null;

  constructor(question: Record<string, unknown>, name: string) {
    this.#question = question;
    this.#name = name;
  }

  ask(): Record<string, unknown> {
    return this.#question;
  }

  take(message: Message): void {
    const value = message[this.#name] as T;
    this.#last = { value };
    for (const handler of [...this.#handlers]) handler(value);
  }

  join(handler: (value: T) => void): void {
    this.#handlers.add(handler);
    const last = this.#last;
    if (last)
      queueMicrotask(() => {
        if (this.#handlers.has(handler)) handler(last.value);
      });
  }

  part(handler: (value: T) => void): boolean {
    this.#handlers.delete(handler);
    return this.#handlers.size === 0;
  }
}
