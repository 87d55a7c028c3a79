/** Short values in one line, with commas between them: 512, 768 */

export function itemsOf(text: string, numeric: boolean): readonly (string | number)[] {
  const items = text.split(/[,;\s]+/).filter(Boolean);
  // What is no number stays as it was typed: it is for the schema to refuse.
  return numeric
    ? items.map((item) => (Number.isFinite(Number(item)) ? Number(item) : item))
    : items;
}

export function inOneLine(items: unknown): string {
  return Array.isArray(items) ? items.join(", ") : "";
}
