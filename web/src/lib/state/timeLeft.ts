import { timeLeft as written } from "$lib/format";

const CALM = 20; // seconds in which a changed estimate is taken over
const TOLD = 0.06; // by so much a figure may be off before another one is shown

/** The time that is left, from estimates that jump: counts down between them, in calm words. */
export class TimeLeft {
  #ends: number | null = null; // seconds since 1970, smoothed
  #heardAt = 0;
  #shown = "";

  /** Takes what was estimated at a moment; null: nobody knows. */
  hear(seconds: number | null, at: number): void {
    if (seconds === null) {
      this.#ends = null;
      this.#shown = "";
      return;
    }
    const ends = at + seconds;
    const before = this.#ends;
    const far = before === null || Math.abs(ends - before) > Math.max(60, seconds / 2);
    const share = far ? 1 : 1 - Math.exp(-Math.max(0, at - this.#heardAt) / CALM);
    this.#ends = far ? ends : before + (ends - before) * share;
    this.#heardAt = at;
  }

  seconds(now: number): number | null {
    return this.#ends === null ? null : Math.max(0, this.#ends - now);
  }

  /** “12 min”, which stays until it is clearly wrong; null while nobody knows. */
  text(now: number): string | null {
    const left = this.seconds(now);
    if (left === null) return null;
    const near = [left, left * (1 - TOLD), left * (1 + TOLD)].map(written);
    if (!near.includes(this.#shown)) this.#shown = near[0] ?? "";
    return this.#shown;
  }
}
