import { createSubscriber } from "svelte/reactivity";

/** The time as state. Ticks only while something shows it. */
class Clock {
  readonly #everySecond = ticker(1000);
  readonly #everyMinute = ticker(20_000);

  /** Seconds since 1970, anew each second. */
  get second(): number {
    this.#everySecond();
    return Date.now() / 1000;
  }

  /** The same for what changes by the minute. */
  get minute(): number {
    this.#everyMinute();
    return Date.now() / 1000;
  }
}

function ticker(every: number): () => void {
  return createSubscriber((update) => {
    const timer = setInterval(update, every);
    return () => {
      clearInterval(timer);
    };
  });
}

export const clock = new Clock();
