import type { ISearchOptions, SearchAddon } from "@xterm/addon-search";
import type { Terminal } from "@xterm/xterm";
import type { Control } from "$lib/api/control";
import { seek } from "$lib/log/seek";
import type { LogState } from "$lib/state/log.svelte";

export const MOST_COUNTED = 1000;

interface Shown {
  readonly terminal: Terminal;
  readonly search: SearchAddon;
  /** How matches look, in the colours of the moment. */
  readonly looks: () => NonNullable<ISearchOptions["decorations"]>;
  readonly rowAt: (offset: number) => number;
}

/** Finds a text: first in the part that is on the screen, then in the rest of the log. */
export class Finder {
  text = $state("");
  /** Which match of how many in this part; `at` is 0 while none is chosen. */
  at = $state(0);
  count = $state(0);
  /** Share of the rest that was looked through; null while nothing is. */
  seeking = $state<number | null>(null);
  /** The whole log was looked through in this direction, for nothing. */
  exhausted = $state<"back" | "on" | null>(null);
  failed = $state(false);

  readonly #control: Pick<Control, "log">;
  readonly #log: LogState;
  readonly #id: string;
  readonly #shown: Shown;
  #ending: AbortController | null = null;

  constructor(control: Pick<Control, "log">, log: LogState, id: string, shown: Shown) {
    this.#control = control;
    this.#log = log;
    this.#id = id;
    this.#shown = shown;
    shown.search.onDidChangeResults(({ resultIndex, resultCount }) => {
      this.count = resultCount;
      this.at = resultIndex + 1;
    });
  }

  /** Looks for another text, from the newest line back. */
  async look(text: string): Promise<void> {
    this.cancel();
    this.text = text;
    this.exhausted = null;
    this.#shown.terminal.clearSelection();
    if (!text) {
      this.#shown.search.clearDecorations();
      this.count = this.at = 0;
      return;
    }
    this.#find("back");
    await Promise.resolve();
  }

  /** The match before, or the one after. */
  async go(direction: "back" | "on"): Promise<void> {
    if (!this.text || this.seeking !== null) return;
    const { terminal } = this.#shown;
    const before = terminal.getSelectionPosition();
    const rest = direction === "back" ? this.#log.start > 0 : !this.#log.atEnd;
    const found = this.#find(direction);
    const now = terminal.getSelectionPosition();
    if (!rest || (found && (!before || !now || !wrapped(before.start, now.start, direction))))
      return;
    await this.#seek(direction);
  }

  /** Ends a search through the rest of the log. */
  cancel(): void {
    this.#ending?.abort();
    this.#ending = null;
    this.seeking = null;
    this.failed = false;
  }

  #find(direction: "back" | "on", from?: number): boolean {
    const { search, terminal, looks } = this.#shown;
    const options = { decorations: looks(), incremental: from !== undefined };
    if (from !== undefined) terminal.select(0, from, 1);
    return direction === "back"
      ? search.findPrevious(this.text, options)
      : search.findNext(this.text, options);
  }

  async #seek(direction: "back" | "on"): Promise<void> {
    this.cancel();
    const ending = (this.#ending = new AbortController());
    const { start, end, size } = this.#log;
    const from = direction === "back" ? start : end;
    const whole = direction === "back" ? start : Math.max(1, size - end);
    this.seeking = 0;
    try {
      const found = await seek(
        (offset, limit, signal) => this.#control.log(this.#id, offset, limit, signal),
        {
          text: this.text,
          from,
          direction,
          signal: ending.signal,
          onprogress: (offset) => {
            if (this.#ending === ending) this.seeking = Math.abs(offset - from) / whole;
          },
        },
      );
      if (this.#ending !== ending) return;
      this.exhausted = found === null ? direction : null;
      if (found !== null) {
        await this.#log.jump(found);
        this.#find("on", this.#shown.rowAt(found));
      }
    } catch {
      if (this.#ending === ending) this.failed = true;
    }
    if (this.#ending === ending) this.seeking = null;
  }
}

interface Cell {
  readonly x: number;
  readonly y: number;
}

/** Whether the search came around: the terminal's goes on at the other end. */
function wrapped(before: Cell, now: Cell, direction: "back" | "on"): boolean {
  const later = now.y - before.y || now.x - before.x;
  return direction === "back" ? later >= 0 : later <= 0;
}
