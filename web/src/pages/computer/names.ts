/** A job's id without the time it begins with: what its owner calls it. */
export function shortName(id: string): string {
  return id.replace(/^\d{8}-\d{6}-/, "");
}
