import type { Control, LogPart } from "$lib/api/control";
import type { LogHandler } from "$lib/api/live-log";
import { type Bytes, countLines, firstLine, firstRows, lastLine, lastRows } from "$lib/log/bytes";

/** Where the viewer looks: so many rows below the row in which the byte at `offset` is. */
export interface Place {
  readonly offset: number;
  readonly rows: number;
}

/** What shows the log: a terminal in the page, something simpler in tests. */
export interface Screen {
  readonly columns: number;
  /** Rows that can still be added without losing the first ones. */
  readonly room: number;
  /** Bytes that wait to be drawn. */
  readonly pending: number;
  /** Whether what is there fills it. */
  readonly full: boolean;
  /** The first byte that is still there; null if there is none. */
  readonly first: number | null;
  readonly place: Place | null;
  /** Shows these bytes in place of all that is there, at a place or at their end. */
  replace(bytes: Bytes, start: number, at: Place | "end"): Promise<void>;
  append(bytes: Bytes, start: number): void;
  gap(from: number, to: number): void;
  toEnd(): void;
}

export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** A part of the log as it was asked for; `last`: there was no more to read. */
type Read = LogPart & { last: boolean };
type Calls = Pick<Control, "log">;
type Follow = (id: string, offset: number, handler: LogHandler) => () => void;

export const TAIL = 1 << 16; // bytes of the end that are shown at first
export const PIECE = 1 << 18; // bytes that are added when one comes to an edge
const KEPT = 3 * PIECE; // bytes that stay when something is added before them
const MOST_BEHIND = 1 << 20; // bytes that the screen may be behind; more are left out
const MOST_ROWS = 16_000; // of a part that is drawn in one go; the screen remembers some more
const MOST_AT_ONCE = 1 << 22; // bytes; the server's own limit

/**
 * A part of a log on a screen, of a file that may have any size. At the end it grows with the
 * file; elsewhere it is a window that moves when one comes to its edges. Nothing of the file is
 * kept but what the screen shows.
 */
export class LogState {
  status = $state<"loading" | "ready" | "failed">("loading");
  error = $state.raw<unknown>(null);
  /** Bytes of the whole log, as far as was heard. */
  size = $state(0);
  /** The window: what is on the screen. */
  start = $state(0);
  end = $state(0);
  /** The window's end is the log's end, and grows with it. */
  atEnd = $state(true);
  /** The viewer looks at the newest line, and goes on doing so. */
  following = $state(true);
  /** Lines that came since the viewer looked elsewhere. */
  fresh = $state(0);
  /** A part is being fetched. */
  moving = $state(false);
  /** What was left out of the window, since the page was too slow. */
  gaps = $state.raw<readonly Gap[]>([]);

  readonly #control: Calls;
  readonly #follow: Follow;
  readonly #id: string;
  #screen: Screen | null = null;
  #unfollow: (() => void) | null = null;
  #turn: AbortController | null = null;
  #shown: Promise<void> = Promise.resolve();
  /** Up to here bytes came live that could not be shown, and are to be fetched. */
  #missed = 0;

  constructor(control: Calls, follow: Follow, id: string) {
    this.#control = control;
    this.#follow = follow;
    this.#id = id;
  }

  /** Shows the log's end, or the part around an offset, on a screen until the answer is called. */
  open(screen: Screen, offset?: number): () => void {
    this.#screen = screen;
    void (offset === undefined ? this.toEnd() : this.jump(offset));
    return () => {
      this.#turn?.abort();
      this.#unfollow?.();
      this.#unfollow = null;
      this.#screen = null;
    };
  }

  /** To the newest line. */
  async toEnd(): Promise<void> {
    if (this.status === "ready" && this.atEnd && !this.moving) {
      this.#screen?.toEnd();
      this.#follows(true);
      return;
    }
    await this.#move(async (screen, signal) => {
      const part = await this.#read(-TAIL, TAIL, signal);
      this.#show(screen, part, wholeFrom(part.start, part.bytes), "end", true);
      this.#follows(true);
      await this.#fill(screen, signal);
    });
  }

  async toStart(): Promise<void> {
    await this.jump(0);
  }

  /** Shows the part around an offset, with some rows before it at the top. */
  async jump(offset: number): Promise<void> {
    await this.#move(async (screen, signal) => {
      const from = Math.max(0, offset - TAIL);
      const part = await this.#read(from, offset - from + KEPT, signal);
      this.#around(screen, part, { offset, rows: -2 }, offset);
      this.#follows(false);
      await this.#shown;
    });
  }

  /** The viewer came to the first row. */
  async back(): Promise<void> {
    const place = this.#screen?.place;
    if (this.moving || !place || this.#first() === 0) return;
    await this.#move((screen, signal) => this.#before(screen, PIECE, KEPT, place, signal));
  }

  /** The viewer came to the last row. */
  async on(): Promise<void> {
    if (this.moving || this.status !== "ready" || this.atEnd) return;
    await this.#move(async (screen, signal) => {
      const part = await this.#read(this.end, PIECE, signal);
      this.#append(screen, part.last ? part : wholeUntil(part));
    });
  }

  /** The viewer looks at another place. */
  looked(atBottom: boolean): void {
    this.#follows(atBottom);
  }

  /** The screen has drawn all that it was given. */
  drawn(): void {
    this.start = this.#first();
    if (this.atEnd && !this.moving && this.#missed > this.end) void this.#catchUp();
  }

  async retry(): Promise<void> {
    this.status = "loading";
    await this.toEnd();
  }

  // -- what comes live ----------------------------------------------------------

  readonly #handler: LogHandler = {
    began: (_start, size) => {
      this.size = Math.max(this.size, size);
    },
    bytes: (bytes, start) => {
      this.#receive(bytes as Bytes, start);
    },
    skipped: (from, to) => {
      this.size = Math.max(this.size, to);
      if (this.#screen && this.atEnd && !this.moving && from <= this.end && to > this.end)
        this.#leaveOut(this.#screen, to);
    },
    reset: () => {
      this.#beginAgain();
    },
  };

  #receive(bytes: Bytes, start: number): void {
    const end = start + bytes.length;
    this.size = Math.max(this.size, end);
    if (!this.following) this.fresh += countLines(bytes);
    const screen = this.#screen;
    if (!screen || !this.atEnd || end <= this.end) return;
    if (this.moving || start > this.end || screen.pending > MOST_BEHIND) {
      this.#missed = end;
      if (screen.pending === 0) this.drawn();
      return;
    }
    if (!this.following && screen.room < countLines(bytes) + bytes.length / screen.columns) {
      this.atEnd = false; // more would push out what the viewer reads
      return;
    }
    screen.append(bytes.subarray(this.end - start), this.end);
    this.end = end;
  }

  /** Fetches what came while the screen was busy; of much, the end. */
  async #catchUp(): Promise<void> {
    await this.#move(async (screen, signal) => {
      const much = this.#missed - this.end > PIECE;
      const part = await this.#read(much ? -TAIL : this.end, PIECE, signal);
      if (part.start > this.end) this.#leaveOut(screen, part.start);
      this.#append(screen, part);
      if (part.bytes.length === 0) this.#missed = this.end; // held back; it will come live
    });
  }

  #beginAgain(): void {
    this.#turn?.abort();
    this.moving = false;
    this.size = this.start = this.end = this.fresh = this.#missed = 0;
    this.gaps = [];
    this.atEnd = this.following = true;
    void this.#screen?.replace(new Uint8Array(), 0, "end");
  }

  // -- moving the window --------------------------------------------------------

  /** One move at a time: a new one ends the one before. */
  async #move(act: (screen: Screen, signal: AbortSignal) => Promise<void>): Promise<void> {
    const screen = this.#screen;
    if (!screen) return;
    this.#turn?.abort();
    const turn = (this.#turn = new AbortController());
    this.moving = true;
    try {
      await act(screen, turn.signal);
      this.status = "ready";
      this.error = null;
    } catch (error) {
      if (turn.signal.aborted) return;
      this.error = error;
      if (this.status === "loading") this.status = "failed";
    }
    this.moving = false;
    if (this.status === "ready") this.#unfollow ??= this.#follow(this.#id, this.end, this.#handler);
    if (screen.pending === 0 && this.error === null) this.drawn();
  }

  async #read(offset: number, limit: number, signal: AbortSignal): Promise<Read> {
    const most = Math.min(limit, MOST_AT_ONCE);
    const part = await this.#control.log(this.#id, offset, most, signal);
    signal.throwIfAborted();
    this.size = Math.max(this.size, part.size);
    return { ...part, last: part.next >= part.size || part.bytes.length < most };
  }

  /** Adds a piece before the window, and keeps so much of what is behind it. */
  async #before(
    screen: Screen,
    piece: number,
    most: number,
    place: Place | "end",
    signal: AbortSignal,
  ): Promise<void> {
    const start = this.#first();
    const from = Math.max(0, start - piece);
    const kept = Math.min(most, this.end - start);
    const part = await this.#read(from, start - from + kept, signal);
    this.#around(screen, part, place, start);
  }

  /** A few lines that were overwritten thousands of times fill no screen: more is fetched. */
  async #fill(screen: Screen, signal: AbortSignal): Promise<void> {
    await this.#shown;
    for (let piece = PIECE; !screen.full && this.start > 0 && piece < MOST_AT_ONCE; piece *= 2) {
      signal.throwIfAborted();
      await this.#before(screen, piece, MOST_AT_ONCE, "end", signal);
      await this.#shown;
    }
  }

  /** Shows of a part what the screen can take, on both sides of an edge. */
  #around(screen: Screen, part: Read, place: Place | "end", edge: number): void {
    const { bytes } = part;
    const at = Math.min(Math.max(0, edge - part.start), bytes.length);
    const before = lastRows(bytes.subarray(0, at), screen.columns, MOST_ROWS / 2);
    const after = firstRows(bytes.subarray(at), screen.columns, MOST_ROWS / 2);
    // What came live since the part was read is missed, and fetched when this is drawn.
    const reached = part.last || (this.atEnd && part.next >= this.end);
    const last = reached && at + after.length === bytes.length;
    const from = part.start + at - before.length;
    const end = at + (last ? after.length : lastLine(after));
    const cut = { ...part, bytes: bytes.subarray(0, end), next: part.start + end };
    this.#show(screen, cut, wholeFrom(from, before), place, last);
  }

  #show(screen: Screen, part: LogPart, from: number, at: Place | "end", last: boolean): void {
    this.start = from;
    this.end = part.next;
    this.atEnd = last;
    this.gaps = [];
    this.#shown = screen.replace(part.bytes.subarray(from - part.start), from, at);
  }

  #append(screen: Screen, part: Read): void {
    if (part.reset || part.start !== this.end) return;
    screen.append(part.bytes, part.start);
    this.end = part.next;
    this.atEnd = part.last;
  }

  #leaveOut(screen: Screen, to: number): void {
    screen.gap(this.end, to);
    this.gaps = [...this.gaps, { from: this.end, to }];
    this.end = to;
  }

  /** What scrolled out of the screen's memory is no longer part of the window. */
  #first(): number {
    return this.#screen?.first ?? this.start;
  }

  #follows(following: boolean): void {
    this.following = following && this.atEnd;
    if (this.following) this.fresh = 0;
  }
}

/** The same without the line that goes on behind it. */
function wholeUntil(part: Read): Read {
  const bytes = part.bytes.subarray(0, lastLine(part.bytes));
  return { ...part, bytes, next: part.start + bytes.length };
}

/** Where the first whole line of a part begins; the file's first line is whole. */
function wholeFrom(start: number, bytes: Bytes): number {
  return start === 0 ? 0 : start + firstLine(bytes);
}
