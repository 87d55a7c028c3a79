/** The language of the texts; numbers and times follow the reader's locale instead. */
export let language = "en";

/** Takes that one; for whoever has loaded its texts. */
export function speak(chosen: string): void {
  language = chosen;
}
