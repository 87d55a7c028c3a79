import { session } from "./session.svelte";
import { visit } from "./visit.svelte";

/** What stands between somebody and the page: a sign-in, or the keys of a page without a server. */
export interface Door {
  readonly standing: "opening" | "in" | "out" | "unreachable";
  /** Whether what is rented here is only rehearsed. */
  readonly practice: boolean;
  /** Called once, before anything is shown. */
  open(): Promise<void>;
  /** Looks after the time that one is in, until the answer is called. */
  watch?(): () => void;
}

export const door: Door = import.meta.env.MODE === "site" ? visit : session;
