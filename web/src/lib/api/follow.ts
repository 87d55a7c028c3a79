import type { ProblemDetails } from "./types";

/** A message of the socket; `channel` says what is in it. */
export interface Message {
  readonly channel: string;
  readonly [name: string]: unknown;
}

/** What one keeps hearing about. Knows by itself where to go on after a break. */
export interface Follow {
  /** What the server is asked, now and after each break. */
  ask(): Record<string, unknown>;
  take(message: Message): void;
  fail?(problem: ProblemDetails): void;
}

/** A follow with several handlers. */
export interface Shared<H> {
  join(handler: H): void;
  /** Answers whether nobody is left. */
  part(handler: H): boolean;
}
