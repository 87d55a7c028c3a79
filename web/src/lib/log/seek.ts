import type { LogPart } from "$lib/api/control";
import { plain } from "./clean";

const PIECE = 1 << 20; // bytes that are looked through in one go
const LONGEST = 1 << 16; // bytes of a line that is looked at as a whole

export interface Sought {
  text: string;
  /** Where to begin: the search looks at what lies beyond. */
  from: number;
  direction: "back" | "on";
  signal: AbortSignal;
  /** Called with where it has come to. */
  onprogress: (offset: number) => void;
}

type Read = (offset: number, limit: number, signal: AbortSignal) => Promise<LogPart>;

/** The offset of the nearest line with a text, upper and lower case alike; null if there is none. */
export async function seek(read: Read, wanted: Sought): Promise<number | null> {
  const text = wanted.text.toLowerCase();
  return wanted.direction === "back" ? seekBack(read, text, wanted) : seekOn(read, text, wanted);
}

async function seekOn(read: Read, text: string, wanted: Sought): Promise<number | null> {
  let at = wanted.from;
  for (;;) {
    const part = await read(at, PIECE, wanted.signal);
    if (part.bytes.length === 0 || part.start !== at) return null;
    const atEnd = part.next >= part.size;
    // The last line may go on in the next piece, where it is looked at from its begin.
    const whole = atEnd ? part.bytes : part.bytes.subarray(0, wholeLines(part.bytes));
    const found = lineWith(whole, text, "on");
    if (found !== null) return at + found;
    if (atEnd) return null;
    at += whole.length;
    wanted.onprogress(at);
  }
}

async function seekBack(read: Read, text: string, wanted: Sought): Promise<number | null> {
  let end = wanted.from;
  while (end > 0) {
    const begin = Math.max(0, end - PIECE);
    const part = await read(begin, end - begin, wanted.signal);
    if (part.start !== begin || part.bytes.length === 0) return null;
    // The first line may begin in the piece before, with which it is looked at.
    const skipped = begin > 0 ? halfLine(part.bytes) : 0;
    const found = lineWith(part.bytes.subarray(skipped), text, "back");
    if (found !== null) return begin + skipped + found;
    end = begin + skipped;
    wanted.onprogress(end);
  }
  return null;
}

function wholeLines(bytes: Uint8Array): number {
  const end = bytes.lastIndexOf(10) + 1;
  return bytes.length - end < LONGEST ? end || bytes.length : bytes.length;
}

function halfLine(bytes: Uint8Array): number {
  const end = bytes.indexOf(10) + 1;
  return end < LONGEST ? end : 0;
}

/** Where the first or last line with a text begins. Most pieces have none, which is seen fast. */
function lineWith(bytes: Uint8Array, text: string, direction: "back" | "on"): number | null {
  const decoder = new TextDecoder();
  if (!plain(decoder.decode(bytes)).toLowerCase().includes(text)) return null;
  let found: number | null = null;
  for (let begin = 0; begin < bytes.length;) {
    const end = bytes.indexOf(10, begin) + 1 || bytes.length;
    if (
      plain(decoder.decode(bytes.subarray(begin, end)))
        .toLowerCase()
        .includes(text)
    ) {
      if (direction === "on") return begin;
      found = begin;
    }
    begin = end;
  }
  return found;
}
