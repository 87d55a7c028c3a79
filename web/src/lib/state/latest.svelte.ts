/**
 * The answer to the newest question. A question waits for a rest, ends the one before it, and
 * an answer that comes too late is dropped; until the new one is there, the old one stands.
 */
export class Latest<Asked, Answer> {
  answer = $state.raw<Answer>();
  /** Why the newest question has no answer. */
  error = $state.raw<unknown>();
  busy = $state(false);

  readonly #ask: (asked: Asked, signal: AbortSignal) => Promise<Answer>;
  readonly #rest: number;
  #newest: { asked: Asked; key: string } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | undefined;
  #waiting: (() => void)[] = [];

  constructor(ask: (asked: Asked, signal: AbortSignal) => Promise<Answer>, rest = 400) {
    this.#ask = ask;
    this.#rest = rest;
  }

  /** The same question twice is asked once, unless it failed. */
  ask(asked: Asked): void {
    const key = JSON.stringify(asked);
    if (key === this.#newest?.key && this.error === undefined) return;
    this.#stop();
    this.#newest = { asked, key };
    this.busy = true;
    this.#timer = setTimeout(() => void this.#run(), this.#rest);
  }

  /** Asks the newest question again. */
  retry(): void {
    if (!this.#newest || this.busy) return;
    this.busy = true;
    void this.#run();
  }

  /** Nobody wants to know any more: what was answered before stays, and may be asked again. */
  cancel(): void {
    if (!this.busy) return;
    this.#stop();
    this.#newest = undefined;
    this.#settle();
  }

  forget(): void {
    this.cancel();
    this.#newest = undefined;
    this.answer = undefined;
    this.error = undefined;
  }

  /** Doesn't wait for the rest, and returns when nothing is open. */
  async settled(): Promise<void> {
    if (!this.busy) return;
    if (this.#timer !== undefined) void this.#run();
    await new Promise<void>((done) => this.#waiting.push(done));
  }

  async #run(): Promise<void> {
    if (!this.#newest) return;
    this.#stop();
    const running = (this.#running = new AbortController());
    try {
      const answer = await this.#ask(this.#newest.asked, running.signal);
      if (running.signal.aborted) return;
      this.answer = answer;
      this.error = undefined;
    } catch (error) {
      if (running.signal.aborted) return;
      this.error = error;
    }
    this.#settle();
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#running?.abort();
  }

  #settle(): void {
    this.busy = false;
    for (const done of this.#waiting.splice(0)) done();
  }
}
