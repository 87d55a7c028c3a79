import { Folder } from "./fold";
import { plain } from "./clean";

/** The last lines of a log that are not empty, as plain text. */
export function lastLines(bytes: Uint8Array, most: number): string[] {
  const text = plain(new TextDecoder().decode(bytes));
  const lines = new Folder().fold(text).text.split("\n");
  return lines
    .map((line) => line.trimEnd())
    .filter(Boolean)
    .slice(-most);
}
