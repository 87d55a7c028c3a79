/** What to write, and whether it takes the place of the line that has not ended yet. */
export interface Folded {
  readonly text: string;
  readonly rewind: boolean;
}

const COLOURS = /\x1b\[[\d;:]*m/g; // eslint-disable-line no-control-regex
const MOVES_LINES = /\x1b\[\d*[AB]/; // eslint-disable-line no-control-regex

/**
 * Draws progress bars in one line: of what a carriage return overwrites, only the last state is
 * kept. A terminal can't do that where a bar is wider than the screen.
 */
export class Folder {
  #held = ""; // a carriage return at a piece's end may be half a line's end

  fold(piece: string): Folded {
    let text = this.#held + piece;
    this.#held = "";
    if (text.endsWith("\r")) {
      text = text.slice(0, -1);
      this.#held = "\r";
    }
    if (!text.includes("\r")) return { text, rewind: false };
    const lines = text.replaceAll(/\r+\n/g, "\n").split("\n");
    const first = lines[0] ?? "";
    const rewind = first.includes("\r") && !MOVES_LINES.test(first) && newest(first) !== "";
    return { text: lines.map(folded).join("\n"), rewind };
  }
}

/** A line as it looks in the end, with the colours that were set on the way. */
function folded(line: string): string {
  if (!line.includes("\r") || MOVES_LINES.test(line)) return line;
  const last = newest(line);
  const before = line.slice(0, line.lastIndexOf(last));
  return (before.match(COLOURS)?.join("") ?? "") + last;
}

function newest(line: string): string {
  return line.split("\r").findLast((state) => state.replaceAll(COLOURS, "") !== "") ?? "";
}
