/** Whether this computer has a network at all, as far as its browser knows. */
export function isOnline(): boolean {
  const { onLine = true } = navigator as Partial<Navigator>;
  return onLine;
}
