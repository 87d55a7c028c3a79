import { untrack } from "svelte";
import { AwayError, ProblemError } from "$lib/api/problem";

export interface Toast {
  id: number;
  text: string;
  kind: "info" | "good" | "error";
  action: { label: string; run: () => void } | null;
}

interface How {
  kind?: Toast["kind"];
  action?: Toast["action"];
}

const LONG = 12_000; // for errors, and for what one can act on
const SHORT = 5_000;
const MOST = 4;

/** Short messages that come and go by themselves; what must be read stands on the page. */
export class Toasts {
  list = $state.raw<readonly Toast[]>([]);
  #next = 1;

  say(text: string, { kind = "info", action = null }: How = {}): void {
    const toast = { id: this.#next++, text, kind, action };
    this.list = [...untrack(() => this.list).slice(1 - MOST), toast];
    setTimeout(
      () => {
        this.dismiss(toast.id);
      },
      kind === "error" || action ? LONG : SHORT,
    );
  }

  /** Says what went wrong, in the error's own sentence where it has one for people. */
  fail(error: unknown, otherwise: string): void {
    const itself = error instanceof ProblemError || error instanceof AwayError;
    this.say(itself ? error.message : otherwise, { kind: "error" });
  }

  dismiss(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
