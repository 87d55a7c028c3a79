/** Ends what says nothing for so many ms; or when its asker goes. */
export class Silence {
  readonly signal: AbortSignal;
  readonly #longest: number;
  readonly #ending = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(longest: number, signal?: AbortSignal) {
    this.#longest = longest;
    const own = this.#ending.signal;
    this.signal = signal ? AbortSignal.any([signal, own]) : own;
    this.heard();
  }

  /** Whether it lasted too long. */
  get over(): boolean {
    return this.#ending.signal.aborted;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#ending.abort(new DOMException("Nothing came", "TimeoutError"));
    }, this.#longest);
  }

  close(): void {
    clearTimeout(this.#timer);
  }
}
