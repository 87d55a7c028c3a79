import type { Control } from "$lib/api/control";
import { control } from "$lib/api";

/** Minutes without a touch after which keys are forgotten; 0 is never. */
export const IDLE = [0, 15, 30, 60] as const;
export type Idle = (typeof IDLE)[number];

const TOUCHES = ["pointerdown", "keydown", "wheel", "touchstart"] as const;
const LOOK = 5_000; // ms

/**
 * One visit to a page without a server: from typing the keys until they are forgotten, which
 * a reload does as well. Without keys one may look around: then nothing can be rented.
 */
export class Visit {
  standing = $state<"in" | "out">("out");
  readonly practice = false;
  /** Why one is out again, if it was not by the button. */
  forgotten = $state<"" | "idle">("");
  idle = $state<Idle>(0);

  readonly #control: () => Control;
  readonly #now: () => number;
  #touched = 0;

  constructor(of: () => Control = () => control, now: () => number = () => Date.now()) {
    this.#control = of;
    this.#now = now;
  }

  open(): Promise<void> {
    return Promise.resolve(); // nobody has to be asked who one is
  }

  /** Goes in, with these keys. Rejects with the problem of the first that is not taken. */
  async enter(keys: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(keys))
      if (value) await this.#control().keepSecret(name, value, "memory");
    this.forgotten = "";
    this.#touched = this.#now();
    this.standing = "in";
  }

  /** Forgets every key, and shows nothing more of what they opened. */
  async forget(why: "" | "idle" = ""): Promise<void> {
    this.standing = "out";
    this.forgotten = why;
    const held = await this.#control().secrets();
    for (const { name, keeper } of held)
      if (keeper !== null) await this.#control().removeSecret(name);
  }

  /** Forgets the keys when nobody touches the page for so long, until the answer is called. */
  watch(): () => void {
    const touch = () => {
      this.#touched = this.#now();
    };
    touch();
    for (const kind of TOUCHES) window.addEventListener(kind, touch, { passive: true });
    const timer = setInterval(() => {
      this.#look();
    }, LOOK);
    return () => {
      clearInterval(timer);
      for (const kind of TOUCHES) window.removeEventListener(kind, touch);
    };
  }

  #look(): void {
    const quiet = this.#now() - this.#touched;
    if (this.idle > 0 && this.standing === "in" && quiet >= this.idle * 60_000)
      void this.forget("idle");
  }
}

export const visit = new Visit();
