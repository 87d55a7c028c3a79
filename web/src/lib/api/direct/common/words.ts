/** Money, times and texts of others, in the words that pods and the command line use too. */

/** `$3.00`, `-$0.50`; what is less than a cent is not nothing. */
export function money(dollars: number): string {
  if (dollars > 0 && dollars < 0.005) return "less than $0.01";
  const [whole = "0", cents = "00"] = Math.abs(dollars).toFixed(2).split(".");
  return `${dollars < 0 ? "-" : ""}$${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${cents}`;
}

/** Hours and minutes, rounded down: `6 h 48 min`, `5 min`, `40 s`. */
export function span(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1) return `${Math.max(0, Math.floor(seconds))} s`;
  const [h, min] = [Math.floor(minutes / 60), minutes % 60];
  return [h ? `${h} h` : "", min ? `${min} min` : ""].filter(Boolean).join(" ");
}

/** How long to wait, rounded up: `a minute`, `5 minutes`, `2 hours`. */
export function soon(seconds: number): string {
  const minutes = Math.ceil(Math.floor(seconds) / 60);
  if (minutes <= 1) return "a minute";
  return minutes < 120 ? `${minutes} minutes` : `${Math.ceil(minutes / 60)} hours`;
}

/** A figure without needless digits: 24, 7.5. */
export function plain(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** What another computer said, on one line. */
export function quoted(text: string, longest = 300): string {
  const line = text
    .slice(0, longest * 4)
    .replace(/[\p{C}\p{Z}]+/gu, " ")
    .trim();
  return line.length <= longest ? line : `${line.slice(0, longest - 1)}…`;
}

const GRAM = 8; // characters: so much of a secret in a row gives it away
const SHORTEST = 4; // what is shorter would star out ordinary words

/** The same text with stars over secrets, also where only a part of one is quoted. */
export function hidden(text: string, secrets: Iterable<string>): string {
  const starred = new Set<number>();
  for (const secret of secrets) {
    const length = Math.min(GRAM, secret.length);
    if (length < SHORTEST) continue;
    for (let at = 0; at + length <= secret.length; at++) {
      const gram = secret.slice(at, at + length);
      for (let i = text.indexOf(gram); i >= 0; i = text.indexOf(gram, i + 1))
        for (let n = i; n < i + length; n++) starred.add(n);
    }
  }
  if (starred.size === 0) return text;
  return [...text.split("")].map((c, n) => (starred.has(n) ? "*" : c)).join("");
}

/** The size of a text in bytes. */
export function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}

/** A text as one word of a shell, written as Python's shlex does. */
export function shellQuoted(text: string): string {
  if (text === "") return "''";
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}
