/**
 * Answers that several may want, each asked for once while it is fresh. A question goes on
 * as long as anybody waits for it; one that failed is forgotten at once.
 */
export class Once {
  readonly #fresh: number;
  readonly #asked = new Map<string, Asked>();

  /** `fresh`: milliseconds that an answer is good for. */
  constructor(fresh: number) {
    this.#fresh = fresh;
  }

  async ask<T>(
    key: string,
    ask: (signal: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    signal?.throwIfAborted();
    const asked = this.#find(key) ?? this.#begin(key, ask);
    asked.waiting += 1;
    try {
      return (await (signal ? orAborted(asked.answer, signal) : asked.answer)) as T;
    } finally {
      asked.waiting -= 1;
      if (asked.waiting === 0 && !asked.done) this.#end(key, asked);
    }
  }

  /** One answer, or all; who waits for one still gets it. */
  forget(key?: string): void {
    if (key === undefined) this.#asked.clear();
    else this.#asked.delete(key);
  }

  #find(key: string): Asked | undefined {
    const found = this.#asked.get(key);
    return found && performance.now() - found.at < this.#fresh ? found : undefined;
  }

  #begin(key: string, ask: (signal: AbortSignal) => Promise<unknown>): Asked {
    const control = new AbortController();
    const answer = ask(control.signal);
    const asked: Asked = { answer, control, at: performance.now(), waiting: 0, done: false };
    this.#asked.set(key, asked);
    answer.then(
      () => {
        asked.done = true;
      },
      () => {
        asked.done = true;
        this.#drop(key, asked);
      },
    );
    return asked;
  }

  #end(key: string, asked: Asked): void {
    this.#drop(key, asked);
    asked.control.abort();
  }

  #drop(key: string, asked: Asked): void {
    if (this.#asked.get(key) === asked) this.#asked.delete(key);
  }
}

interface Asked {
  readonly answer: Promise<unknown>;
  readonly control: AbortController;
  readonly at: number;
  waiting: number;
  done: boolean;
}

/** The answer, unless its asker goes away before it comes. */
function orAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const gone = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener("abort", gone, { once: true });
    void answer.then(resolve, reject).finally(() => {
      signal.removeEventListener("abort", gone);
    });
  });
}
