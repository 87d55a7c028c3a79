/** A list that is asked for again and again. What comes too late is dropped; what fails leaves the list. */
export class Listing<T> {
  /** null until it was heard of. */
  list = $state.raw<readonly T[] | null>(null);
  /** Why it could not be had when it was asked for last. */
  error = $state.raw<unknown>(null);

  readonly #ask: () => Promise<readonly T[]>;
  #asked = 0;

  constructor(ask: () => Promise<readonly T[]>) {
    this.#ask = ask;
  }

  async load(): Promise<void> {
    const asked = ++this.#asked;
    try {
      const list = await this.#ask();
      if (asked !== this.#asked) return;
      this.list = list;
      this.error = null;
    } catch (error) {
      if (asked === this.#asked) this.error = error;
    }
  }
}
