import type { Piece } from "./face";

/** Bytes of a growing file for one who follows it from an offset on. */
export interface Follower {
  next: number;
  take(bytes: Uint8Array, start: number): void;
  /** It began again at 0. */
  reset(): void;
}

type Read = (offset: number, limit: number) => Promise<Piece>;

const LIMIT = 1 << 20; // bytes of one read

/**
 * One file of a pod for all who follow it. What the stream brings goes to those who are as far;
 * who is behind reads on from where he is.
 */
export class Feed {
  /** The offset up to which the stream told. */
  at = 0;
  readonly #followers = new Set<Follower>();
  readonly #catching = new Set<Follower>();
  readonly #read: Read;

  constructor(read: Read) {
    this.#read = read;
  }

  get followed(): boolean {
    return this.#followers.size > 0;
  }

  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    void this.#catchUp(follower);
    return () => {
      this.#followers.delete(follower);
    };
  }

  push(data: Uint8Array, next: number): void {
    const start = next - data.length;
    this.at = next;
    for (const follower of [...this.#followers]) {
      if (this.#catching.has(follower)) continue;
      if (follower.next === start) give(follower, data, start);
      else void this.#catchUp(follower);
    }
  }

  /** The stream begins, or ended, at this offset: who is behind reads up to there. */
  jump(at: number): void {
    this.at = at;
    for (const follower of [...this.#followers]) void this.#catchUp(follower);
  }

  /** The file began again: so does everybody. */
  reset(at = 0): void {
    this.at = at;
    for (const follower of [...this.#followers]) {
      follower.next = 0;
      follower.reset();
      void this.#catchUp(follower);
    }
  }

  async #catchUp(follower: Follower): Promise<void> {
    if (this.#catching.has(follower)) return;
    this.#catching.add(follower);
    try {
      while (this.#followers.has(follower) && follower.next < this.at) {
        const from = follower.next;
        const { data, next, reset } = await this.#read(from, LIMIT);
        if (!this.#followers.has(follower) || follower.next !== from) continue;
        if (reset) follower.reset();
        if (data.length === 0) break; // an end that may be half a secret is held back for a while
        give(follower, data, next - data.length);
      }
    } catch {
      // The next bytes of the stream bring another try.
    } finally {
      this.#catching.delete(follower);
    }
  }
}

function give(follower: Follower, data: Uint8Array, start: number): void {
  follower.next = start + data.length;
  follower.take(data, start);
}
