import type { IBufferLine, IMarker, Terminal } from "@xterm/xterm";
import type { Gap, Place, Screen } from "$lib/state/log.svelte";
import { type Bytes, joined } from "$lib/log/bytes";
import { Cleaner } from "$lib/log/clean";
import { Folder } from "$lib/log/fold";

export interface ScreenHooks {
  /** What stands where bytes were left out. */
  gapText: (bytes: number) => string;
  drawn: () => void;
  /** The viewer moved, by whatever means. */
  scrolled: (atTop: boolean, atBottom: boolean) => void;
  gapChosen: (gap: Gap) => void;
}

type Piece =
  // `edge`: its begin is to be known exactly
  | { kind: "bytes"; bytes: Bytes; start: number; edge: boolean }
  | { kind: "gap"; gap: Gap }
  | { kind: "replace"; start: number; place: Place | "end"; done: () => void };

const MARK_EVERY = 1 << 14; // bytes between two places that are known again
const MOST_AT_ONCE = 1 << 17; // bytes that are drawn before the terminal may breathe
const NEWLINE = 10;

/** A log's bytes in a terminal that only shows. Knows of its rows which bytes they are. */
export class TerminalScreen implements Screen {
  readonly #terminal: Terminal;
  readonly #hooks: ScreenHooks;
  #queue: Piece[] = [];
  #waiting = 0; // bytes in the queue
  #drawing = 0; // bytes that the terminal works on
  #busy = false;
  #replacing = false;
  /** The replacement that is being drawn. */
  #replaced: (Piece & { kind: "replace" }) | null = null;
  #closed = false;
  #end = 0; // offset after what was drawn last
  /** Where known bytes stand, in order. */
  #marks: { marker: IMarker; offset: number }[] = [];
  #gaps: { marker: IMarker; gap: Gap }[] = [];
  #decoder = new TextDecoder();
  #cleaner = new Cleaner();
  #folder = new Folder();
  #cover: HTMLElement | null = null;

  constructor(terminal: Terminal, hooks: ScreenHooks) {
    this.#terminal = terminal;
    this.#hooks = hooks;
    terminal.onScroll(() => {
      this.#scrolled();
    });
    terminal.registerLinkProvider({
      provideLinks: (row, answer) => {
        answer(this.#linksAt(row));
      },
    });
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  get room(): number {
    const { options, rows, buffer } = this.#terminal;
    return (options.scrollback ?? 0) + rows - buffer.active.length;
  }

  get pending(): number {
    return this.#waiting + this.#drawing;
  }

  get full(): boolean {
    return this.#terminal.buffer.active.baseY > 0;
  }

  get first(): number | null {
    return this.#known()[0]?.offset ?? null;
  }

  get place(): Place | null {
    const top = this.#terminal.buffer.active.viewportY;
    const places = this.#known();
    const mark = places.findLast(({ row }) => row <= top) ?? places[0];
    return mark ? { offset: mark.offset, rows: top - mark.row } : null;
  }

  get atTop(): boolean {
    return this.#terminal.buffer.active.viewportY === 0;
  }

  get atBottom(): boolean {
    const { viewportY, baseY } = this.#terminal.buffer.active;
    return viewportY >= baseY;
  }

  replace(bytes: Bytes, start: number, place: Place | "end"): Promise<void> {
    this.#forget();
    return new Promise((done) => {
      this.#queue.push({ kind: "replace", start, place, done });
      const split = place === "end" ? 0 : Math.max(0, place.offset - start);
      this.#enqueue(bytes.subarray(0, split), start);
      this.#enqueue(bytes.subarray(split), start + split, true);
      this.#draw();
    });
  }

  append(bytes: Bytes, start: number): void {
    this.#enqueue(bytes, start);
    this.#draw();
  }

  gap(from: number, to: number): void {
    this.#queue.push({ kind: "gap", gap: { from, to } });
    this.#draw();
  }

  toEnd(): void {
    this.#terminal.scrollToBottom();
  }

  /** The row in which the byte at an offset is, as far as is known. */
  rowAt(offset: number): number {
    const places = this.#known();
    return (places.findLast((mark) => mark.offset <= offset) ?? places[0])?.row ?? 0;
  }

  /** What is selected; else the rows in sight. Lines that were wrapped are whole again. */
  text(): string {
    if (this.#terminal.hasSelection()) return this.#terminal.getSelection();
    const { viewportY } = this.#terminal.buffer.active;
    return this.#lines(viewportY, viewportY + this.#terminal.rows);
  }

  close(): void {
    this.#closed = true;
    this.#forget();
    this.#cover?.remove();
  }

  /** Nobody will see what was not drawn yet. */
  #forget(): void {
    if (this.#closed) this.#replaced?.done();
    for (const piece of this.#queue) if (piece.kind === "replace") piece.done();
    this.#queue = [];
    this.#waiting = 0;
  }

  // -- drawing ------------------------------------------------------------------

  /** In parts that end with a line, so that a mark stands at a line's begin. */
  #enqueue(bytes: Bytes, start: number, edge = false): void {
    for (let at = 0; at < bytes.length;) {
      const line = bytes.indexOf(NEWLINE, Math.min(at + MARK_EVERY, bytes.length)) + 1;
      const end = line || bytes.length;
      const part = bytes.subarray(at, end);
      this.#queue.push({ kind: "bytes", bytes: part, start: start + at, edge: edge && at === 0 });
      this.#waiting += end - at;
      at = end;
    }
  }

  #draw(): void {
    if (this.#busy || this.#closed) return;
    const piece = this.#queue.shift();
    if (!piece) {
      this.#rest();
      return;
    }
    this.#busy = true;
    const next = () => {
      this.#busy = false;
      this.#drawing = 0;
      this.#draw();
    };
    if (piece.kind === "bytes") this.#drawBytes(piece, next);
    else if (piece.kind === "gap") this.#drawGap(piece.gap, next);
    else this.#beginAgain(piece, next);
  }

  #drawBytes(piece: Piece & { kind: "bytes" }, next: () => void): void {
    const pieces = [piece.bytes];
    let size = piece.bytes.length;
    // What came in small pieces is drawn in one, up to the next place that is to be known.
    for (let more = this.#queue[0]; more?.kind === "bytes"; more = this.#queue[0]) {
      const most = this.#replacing ? MARK_EVERY : MOST_AT_ONCE;
      if (more.edge || size + more.bytes.length > most) break;
      this.#queue.shift();
      pieces.push(more.bytes);
      size += more.bytes.length;
    }
    this.#waiting -= size;
    this.#drawing = size;
    this.#mark(piece.start);
    this.#end = piece.start + size;
    const text = this.#cleaner.clean(this.#decoder.decode(joined(pieces), { stream: true }));
    const folded = this.#folder.fold(text);
    this.#terminal.write((folded.rewind ? this.#rewind() : "") + folded.text, next);
  }

  #drawGap(gap: Gap, next: () => void): void {
    this.#forgetLine();
    this.#end = gap.to;
    const begin = this.#terminal.buffer.active.cursorX > 0 ? "\n" : "";
    this.#terminal.write(`\x1b[m${begin}`, () => {
      const marker = this.#terminal.registerMarker(0);
      this.#gaps.push({ marker, gap });
      this.#terminal.write(`\x1b[4;34m${this.#hooks.gapText(gap.to - gap.from)}\x1b[m\n`, next);
    });
  }

  #beginAgain(piece: Piece & { kind: "replace" }, next: () => void): void {
    this.#replacing = true;
    this.#hide();
    this.#marks = [];
    this.#gaps = [];
    this.#end = piece.start;
    this.#forgetLine();
    this.#terminal.reset();
    this.#replaced?.done(); // it was never seen to its end
    this.#replaced = piece;
    next();
  }

  /** What follows begins a line, a letter and a colour of its own. */
  #forgetLine(): void {
    this.#decoder = new TextDecoder();
    this.#cleaner = new Cleaner();
    this.#folder = new Folder();
  }

  #rest(): void {
    if (this.#replacing) {
      this.#replacing = false;
      if (this.#replaced) this.#goTo(this.#replaced.place);
      this.#replaced?.done();
      this.#replaced = null;
      this.#show();
      this.#scrolled();
    }
    this.#hooks.drawn();
  }

  #goTo(place: Place | "end"): void {
    if (place === "end") {
      this.#terminal.scrollToBottom();
      return;
    }
    this.#terminal.scrollToLine(Math.max(0, this.rowAt(place.offset) + place.rows));
  }

  /** What was seen stays in sight until the new is there. */
  #hide(): void {
    const rows = this.#terminal.element?.querySelector(".xterm-rows");
    if (!rows || this.#cover) return;
    const cover = rows.cloneNode(true) as HTMLElement;
    cover.style.position = "absolute";
    cover.style.inset = "0";
    cover.style.zIndex = "3";
    cover.style.backgroundColor = this.#terminal.options.theme?.background ?? "";
    rows.after(cover);
    this.#cover = cover;
  }

  #show(): void {
    const cover = this.#cover;
    this.#cover = null;
    // The terminal draws with the next frame.
    requestAnimationFrame(() => {
      requestAnimationFrame(() => {
        cover?.remove();
      });
    });
  }

  /** To the begin of a line that has not ended, however many rows it takes. */
  #rewind(): string {
    const { active } = this.#terminal.buffer;
    let rows = 0;
    while (active.getLine(active.baseY + active.cursorY - rows)?.isWrapped) rows += 1;
    return rows > 0 ? `\x1b[${rows}A\r\x1b[J` : "\r\x1b[K";
  }

  // -- where is what ------------------------------------------------------------

  #mark(offset: number): void {
    const last = this.#marks.at(-1);
    if (last && !last.marker.isDisposed && !this.#replacing && offset - last.offset < MARK_EVERY)
      return;
    this.#marks = this.#alive();
    this.#marks.push({ marker: this.#terminal.registerMarker(0), offset });
  }

  /** Offsets of which the rows are known; at least that of the end. */
  #known(): { row: number; offset: number }[] {
    const { active } = this.#terminal.buffer;
    const marks = this.#alive().map(({ marker, offset }) => ({ row: marker.line, offset }));
    if (marks.length === 0 && this.#end === 0) return [];
    return [...marks, { row: active.baseY + active.cursorY, offset: this.#end }];
  }

  /** Marks of rows that are still there. */
  #alive() {
    return this.#marks.filter(({ marker }) => !marker.isDisposed && marker.line >= 0);
  }

  #scrolled(): void {
    if (!this.#replacing && !this.#closed) this.#hooks.scrolled(this.atTop, this.atBottom);
  }

  #linksAt(row: number) {
    const found = this.#gaps.find(({ marker }) => marker.line === row - 1);
    if (!found) return undefined;
    const text = this.#terminal.buffer.active.getLine(row - 1)?.translateToString(true) ?? "";
    return [
      {
        range: { start: { x: 1, y: row }, end: { x: text.length, y: row } },
        text,
        activate: () => {
          this.#hooks.gapChosen(found.gap);
        },
      },
    ];
  }

  #lines(from: number, to: number): string {
    const { active } = this.#terminal.buffer;
    let text = "";
    for (let row = from; row < Math.min(to, active.length); row++) {
      const line: IBufferLine | undefined = active.getLine(row);
      if (!line) break;
      const next = active.getLine(row + 1);
      text += line.translateToString(!next?.isWrapped) + (next?.isWrapped ? "" : "\n");
    }
    return `${text.trimEnd()}\n`;
  }
}
