import { direct } from "$lib/api";
import type { DirectControl } from "$lib/api/direct";

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

  readonly #control: () => Pick<DirectControl, "keepSecret" | "forget">;
  readonly #now: () => number;
  #touched = 0;

  constructor(
    of: () => Pick<DirectControl, "keepSecret" | "forget"> = ofThisPage,
    now: () => number = () => Date.now(),
  ) {
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

  /** Forgets every key, and the jobs that they opened. */
  async forget(why: "" | "idle" = ""): Promise<void> {
    this.standing = "out";
    this.forgotten = why;
    await this.#control().forget();
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

function ofThisPage(): DirectControl {
  if (!direct) throw new Error("A page with a server has no visits");
  return direct;
}

export const visit = new Visit();
