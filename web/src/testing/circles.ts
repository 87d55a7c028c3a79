/** The modules that import one another in a circle, or something that does. */
export function inCircles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const left = new Map(imports);
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const [path, found] of left) if (!found.some((to) => left.has(to))) left.delete(path);
  }
  return [...left.keys()];
}
