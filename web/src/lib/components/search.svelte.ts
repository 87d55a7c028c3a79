type Find<T> = (text: string, signal: AbortSignal) => Promise<readonly T[]>;

/** Asks as somebody types: after a rest, the newest question only, old results until new ones come. */
export class Search<T> {
  results = $state.raw<readonly T[]>([]);
  busy = $state(false);
  failed = $state(false);

  readonly #find: Find<T>;
  readonly #rest: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked: AbortController | undefined;

  constructor(find: Find<T>, rest = 120) {
    this.#find = find;
    this.#rest = rest;
  }

  ask(text: string): void {
    this.end();
    this.busy = true;
    this.#timer = setTimeout(() => void this.#run(text), this.#rest);
  }

  /** Nobody waits any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#asked?.abort();
    this.busy = false;
  }

  async #run(text: string): Promise<void> {
    const asked = (this.#asked = new AbortController());
    try {
      const results = await this.#find(text, asked.signal);
      if (asked.signal.aborted) return;
      this.results = results;
      this.failed = false;
    } catch {
      if (asked.signal.aborted) return;
      this.results = [];
      this.failed = true;
    }
    this.busy = false;
  }
}
