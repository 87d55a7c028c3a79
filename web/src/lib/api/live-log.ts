import type { Follow, Message } from "./follow";
import type { ProblemDetails } from "./types";

export interface LogHandler {
  /** Follows from `start` on; the log is `size` bytes long. Again after each break. */
  began?(start: number, size: number): void;
  /** Bytes that begin at `start`, in order and without a gap that was not announced. */
  bytes(bytes: Uint8Array, start: number): void;
  /** The log began again at 0: what was shown is gone. */
  reset?(): void;
  /** These bytes were left out, since the page was too slow: they can be fetched. */
  skipped?(from: number, to: number): void;
  failed?(problem: ProblemDetails): void;
}

export class LogFollow implements Follow {
  readonly #job: string;
  readonly #handler: LogHandler;
  #next: number;
  #begun = false;
  /** By which frames of this follow are known; older ones may still be on their way. */
  #number = -1;

  constructor(job: string, offset: number, handler: LogHandler) {
    this.#job = job;
    this.#next = offset;
    this.#handler = handler;
  }

  ask(): Record<string, unknown> {
    this.#number = -1;
    return { channel: "log", job: this.#job, offset: this.#next };
  }

  take(message: Message): void {
    const number = Number(message["number"]);
    const skipped = message["skipped"] as [number, number] | undefined;
    if (!skipped) this.#begin(number, Number(message["start"]), Number(message["size"]));
    else if (number === this.#number) {
      this.#next = skipped[1];
      this.#handler.skipped?.(...skipped);
    }
  }

  #begin(number: number, start: number, size: number): void {
    if (this.#begun && start !== this.#next) this.#handler.reset?.(); // not where we were
    this.#begun = true;
    this.#number = number;
    this.#next = start;
    this.#handler.began?.(start, size);
  }

  bytes(number: number, start: number, reset: boolean, bytes: Uint8Array): void {
    if (number !== this.#number) return;
    if (reset) this.#handler.reset?.();
    this.#next = start + bytes.length;
    if (bytes.length > 0) this.#handler.bytes(bytes, start);
  }

  fail(problem: ProblemDetails): void {
    this.#handler.failed?.(problem);
  }
}
