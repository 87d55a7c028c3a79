/** The first of the reader's languages that there is, by its whole name or its first part. */
export function choose(languages: readonly string[], known: readonly string[]): string {
  for (const tag of languages) {
    const whole = tag.toLowerCase();
    const found =
      known.find((name) => name.toLowerCase() === whole) ??
      known.find((name) => name.toLowerCase() === whole.split("-")[0]);
    if (found !== undefined) return found;
  }
  return known[0] ?? "en";
}
