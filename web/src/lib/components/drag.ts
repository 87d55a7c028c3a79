/** Where what is dragged would fall: its own place, moved by as many rows as the pointer. */
export function placeAt(from: number, by: number, height: number, count: number): number {
  const rows = Math.round(by / Math.max(1, height));
  return Math.max(0, Math.min(count - 1, from + rows));
}

/** By how many rows another one gives way while something is dragged. */
export function shiftOf(place: number, from: number, target: number): -1 | 0 | 1 {
  if (from < place && place <= target) return -1;
  if (target <= place && place < from) return 1;
  return 0;
}
