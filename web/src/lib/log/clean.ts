/**
 * What of a log's escape sequences reaches the terminal: colours, moves within the line and a few
 * lines up or down, as progress bars use them, and erasing. All else is left out: titles, links,
 * the clipboard, other alphabets, other screens, whatever asks the terminal to answer.
 */
const ALLOWED = /^\x1b\[(?:[\d;:]*m|\d{0,4}[ABCDG]|[012]?K|0?J)$/; // eslint-disable-line no-control-regex

/** Everything that is no text; tab, line feed, carriage return and backspace are let through. */
const SPECIAL = /[\x00-\x07\x0b\x0c\x0e-\x1f\x7f-\x9f]/g; // eslint-disable-line no-control-regex

/** A sequence from its ESC on: whole, or as much of it as there is. */
const SEQUENCE = /\x1b(?:\[[0-?]*[ -/]*([@-~])?|([\]PX^_])|[ -/]*([0-~])?)/y; // eslint-disable-line no-control-regex

/** Where a string inside a sequence ends. A line's end ends it too: none may eat the log. */
const STRING_END = /\x07|\x1b\\|\x9c|\x18|\x1a|(?=\n)/g; // eslint-disable-line no-control-regex

const ESC = "\x1b";
const LONGEST = 256; // characters of a sequence; a longer one is none

/** Takes a log piece by piece; a sequence may lie across pieces. */
export class Cleaner {
  #held = ""; // a sequence that has no end yet
  #inString = false; // what a title or a link holds is being left out

  clean(piece: string): string {
    const text = this.#held + piece;
    this.#held = "";
    let out = "";
    let at = 0;
    while (at < text.length) {
      if (this.#inString) {
        at = this.#leaveString(text, at);
        continue;
      }
      SPECIAL.lastIndex = at;
      const special = SPECIAL.exec(text);
      if (!special) return out + text.slice(at);
      out += text.slice(at, special.index);
      at = special.index;
      if (special[0] !== ESC) {
        at += 1;
        continue;
      }
      SEQUENCE.lastIndex = at;
      const [sequence = ESC, csi, string, other] = SEQUENCE.exec(text) ?? [];
      at += sequence.length;
      if (string !== undefined) this.#inString = true;
      else if (csi !== undefined) out += ALLOWED.test(sequence) ? sequence : "";
      else if (other === undefined && at === text.length && sequence.length < LONGEST)
        this.#held = sequence;
    }
    return out;
  }

  #leaveString(text: string, at: number): number {
    STRING_END.lastIndex = at;
    const end = STRING_END.exec(text);
    if (end) {
      this.#inString = false;
      return end.index + end[0].length;
    }
    if (text.endsWith(ESC)) this.#held = ESC; // maybe the first half of its end
    return text.length;
  }
}

/** A text without any sequence, for searching and copying. */
export function plain(text: string): string {
  return new Cleaner().clean(text).replaceAll(/\x1b\[[^@-~]*[@-~]/g, ""); // eslint-disable-line no-control-regex
}
