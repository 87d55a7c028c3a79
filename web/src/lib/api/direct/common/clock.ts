/** Seconds since 1970, as pods and RunPod count them. */
export function now(): number {
  return Date.now() / 1000;
}
