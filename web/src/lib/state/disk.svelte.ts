import type { Control } from "$lib/api/control";
import type { Cleaned, Disk, DiskItem } from "$lib/api/types";

/** Milliseconds until sizes that are still being counted are asked for again. */
export const AGAIN = 1000;

/** What of this home's disk can be cleaned, and what was chosen for it. */
export class DiskUse {
  #disk = $state.raw<Disk>();
  #failure = $state.raw<Error>();
  #chosen = $state.raw<ReadonlySet<string>>(new Set());
  #cleaning = $state(false);
  readonly #control: Pick<Control, "disk" | "clean">;

  constructor(control: Pick<Control, "disk" | "clean">) {
    this.#control = control;
  }

  /** Undefined until it was heard once. */
  get disk(): Disk | undefined {
    return this.#disk;
  }

  /** Why the newest look failed; what was heard before stays. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get cleaning(): boolean {
    return this.#cleaning;
  }

  /** Those of all items that were chosen and can still be cleaned, the largest first. */
  get chosen(): readonly DiskItem[] {
    return this.#items
      .filter((item) => item.cleanable && this.#chosen.has(item.id))
      .sort((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));
  }

  /** What comes free when it is cleaned, as far as it has been measured. */
  get chosenBytes(): number {
    return freedBy(this.chosen);
  }

  /** Whether all that was chosen has been measured: else its bytes are a least. */
  get chosenMeasured(): boolean {
    return this.chosen.every((item) => item.bytes !== null);
  }

  get unused(): readonly DiskItem[] {
    return this.#items.filter((item) => item.cleanable && item.state === "unused");
  }

  has(id: string): boolean {
    return this.#chosen.has(id);
  }

  choose(ids: Iterable<string>, on: boolean): void {
    const next = new Set(this.#chosen);
    for (const id of ids)
      if (on) next.add(id);
      else next.delete(id);
    this.#chosen = next;
  }

  clear(): void {
    this.#chosen = new Set();
  }

  /** Looks, and again for as long as sizes are being counted. Ends with the signal. */
  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look(signal);
      if (this.#disk?.complete !== false || this.#failure) return;
      await pause(AGAIN, signal);
    }
  }

  async look(signal?: AbortSignal): Promise<void> {
    try {
      this.#disk = await this.#control.disk(signal);
      this.#failure = undefined;
    } catch (error) {
      if (!signal?.aborted) this.#failure = error as Error;
    }
  }

  /** Cleans what was chosen. What was refused stays chosen, so that it can be tried again. */
  async clean(): Promise<Cleaned> {
    this.#cleaning = true;
    try {
      const cleaned = await this.#control.clean(this.chosen.map((item) => item.id));
      this.choose(cleaned.items, false);
      return cleaned;
    } finally {
      this.#cleaning = false;
    }
  }

  get #items(): readonly DiskItem[] {
    return this.#disk?.groups.flatMap((group) => group.items) ?? [];
  }
}

/** What other places hold too, such as uv's own cache, doesn't come free. */
function freedBy(items: readonly DiskItem[]): number {
  return items.reduce((sum, item) => sum + (item.bytes ?? 0) - (item.shared ?? 0), 0);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
