import { sources } from "./sources";

/** Plays sounds, one at a time over the whole page. Knows them by their source. */
export class Player {
  /** What plays, or stands still halfway. */
  current = $state<string | null>(null);
  playing = $state(false);
  /** Seconds. */
  position = $state(0);
  /** Those that could not be played. */
  failed = $state.raw<ReadonlySet<string>>(new Set());
  /** What comes after it. */
  queue = $state.raw<readonly string[]>([]);

  readonly #make: () => HTMLAudioElement;
  readonly #address: (source: string) => string | Promise<string>;
  #audio: HTMLAudioElement | null = null;
  #frame = 0;

  constructor(
    make: () => HTMLAudioElement = () => new Audio(),
    address: (source: string) => string | Promise<string> = (source) => sources.address(source),
  ) {
    this.#make = make;
    this.#address = address;
  }

  /** Plays it from its beginning, or goes on, or pauses. */
  toggle(source: string): void {
    this.queue = [];
    if (this.current === source && this.playing) this.pause();
    else if (this.current === source && !this.#ended) this.#resume();
    else this.#begin(source);
  }

  /** Plays several, one after the other. */
  playAll(sources: readonly string[]): void {
    const [first, ...rest] = sources;
    if (first === undefined) return;
    this.#begin(first);
    this.queue = rest;
  }

  pause(): void {
    this.#audio?.pause();
  }

  /** Goes to a moment of it, in seconds; begins it there if something else was playing. */
  seek(source: string, seconds: number): void {
    if (this.current !== source) {
      this.queue = [];
      this.#begin(source);
    }
    if (this.#audio) this.#audio.currentTime = Math.max(0, seconds);
    this.position = Math.max(0, seconds);
  }

  /** Ends it, as when its page is left. */
  stop(): void {
    this.queue = [];
    this.#audio?.pause();
    this.current = null;
    this.position = 0;
  }

  get #ended(): boolean {
    return this.#audio?.ended ?? true;
  }

  #begin(source: string): void {
    const audio = (this.#audio ??= this.#prepared());
    this.current = source;
    this.position = 0;
    const address = this.#address(source);
    if (typeof address === "string") {
      audio.src = address;
      this.#resume();
    } else void this.#await(source, address);
  }

  /** Begins when it is there, unless something else is wanted by then. */
  async #await(source: string, address: Promise<string>): Promise<void> {
    this.#audio?.pause();
    try {
      const found = await address;
      if (this.current !== source || !this.#audio) return;
      this.#audio.src = found;
      if (this.position) this.#audio.currentTime = this.position;
      this.#resume();
    } catch {
      if (this.current === source) this.#fail(source);
    }
  }

  #resume(): void {
    const source = this.current;
    this.#audio?.play().catch((error: unknown) => {
      // Another one was begun before this one could.
      if (error instanceof DOMException && error.name === "AbortError") return;
      if (source !== null) this.#fail(source);
    });
  }

  #prepared(): HTMLAudioElement {
    const audio = this.#make();
    audio.preload = "auto";
    audio.addEventListener("playing", () => {
      this.playing = true;
      this.#follow();
    });
    audio.addEventListener("pause", () => {
      this.playing = false;
    });
    audio.addEventListener("timeupdate", () => {
      this.#look();
    });
    audio.addEventListener("ended", () => {
      this.#next();
    });
    audio.addEventListener("error", () => {
      if (this.current !== null) this.#fail(this.current);
    });
    return audio;
  }

  /** The browser tells the position four times a second; a line that moves wants more. */
  #follow(): void {
    cancelAnimationFrame(this.#frame);
    if (!this.playing || calm()) return;
    this.#look();
    this.#frame = requestAnimationFrame(() => {
      this.#follow();
    });
  }

  #look(): void {
    if (this.#audio && this.current !== null) this.position = this.#audio.currentTime;
  }

  #next(): void {
    this.playing = false;
    this.position = 0;
    const [next, ...rest] = this.queue;
    if (next === undefined) return;
    this.#begin(next);
    this.queue = rest;
  }

  #fail(source: string): void {
    this.failed = new Set([...this.failed, source]);
    this.#next();
  }
}

function calm(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

export const player = new Player();
