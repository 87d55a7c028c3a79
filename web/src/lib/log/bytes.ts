/** Logs are bytes with an offset; these find lines in them without decoding anything. */

export type Bytes = Uint8Array<ArrayBuffer>;

const NEWLINE = 10;
const RETURN = 13;

export function countLines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** Where the first whole line begins; 0 if none does. */
export function firstLine(bytes: Uint8Array): number {
  const end = bytes.indexOf(NEWLINE) + 1;
  return end < bytes.length ? end : 0;
}

/** Where the last whole line ends; the end if none does. */
export function lastLine(bytes: Uint8Array): number {
  return bytes.lastIndexOf(NEWLINE) + 1 || bytes.length;
}

/**
 * The end of `bytes` that takes no more than so many rows of a screen, from a line's begin on.
 * Counts bytes as columns: colours and wide letters make it rather too short than too long.
 */
export function lastRows(bytes: Bytes, columns: number, most: number): Bytes {
  let rows = 0;
  let end = bytes.length;
  while (end > 0) {
    // A newline at the very end belongs to the line before it.
    const begin = bytes.lastIndexOf(NEWLINE, end - 2) + 1;
    rows += rowsOf(bytes, begin, end, columns);
    if (rows > most)
      return end < bytes.length ? bytes.subarray(end) : bytes.subarray(-most * columns);
    end = begin;
  }
  return bytes;
}

/** The same from the begin: as many whole lines as fit. */
export function firstRows(bytes: Bytes, columns: number, most: number): Bytes {
  let rows = 0;
  let begin = 0;
  while (begin < bytes.length) {
    const end = bytes.indexOf(NEWLINE, begin) + 1 || bytes.length;
    rows += rowsOf(bytes, begin, end, columns);
    if (rows > most) return bytes.subarray(0, begin > 0 ? begin : most * columns);
    begin = end;
  }
  return bytes;
}

/** Of a line that was overwritten, only what came last takes room. */
function rowsOf(bytes: Bytes, begin: number, end: number, columns: number): number {
  let last = end;
  while (last > begin && (bytes[last - 1] === NEWLINE || bytes[last - 1] === RETURN)) last -= 1;
  const seen = last - begin - 1 - bytes.subarray(begin, last).lastIndexOf(RETURN);
  return Math.max(1, Math.ceil(seen / columns));
}

export function joined(pieces: readonly Bytes[]): Bytes {
  const [only] = pieces;
  if (only && pieces.length === 1) return only;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
