/** A sound as the eye takes it in: of each stretch, how far it swings. 0 to 1. */
export type Peaks = Float32Array;

export const STRETCHES = 400;

/** The greatest swing of each of `count` stretches, against the greatest of all. */
export function peaksOf(samples: Float32Array, count = STRETCHES): Peaks {
  const peaks = new Float32Array(count);
  const most = swings(samples, peaks);
  if (most > 0) for (let i = 0; i < count; i += 1) peaks[i] = (peaks[i] ?? 0) / most;
  return peaks;
}

/** The same with fewer stretches; none of the swings is lost. */
export function thinned(peaks: Peaks, count: number): Peaks {
  if (count >= peaks.length) return peaks;
  const fewer = new Float32Array(count);
  swings(peaks, fewer);
  return fewer;
}

/** Fills `into` with the greatest swing of each stretch; answers the greatest of all. */
function swings(samples: Float32Array, into: Float32Array): number {
  let most = 0;
  for (let i = 0; i < into.length; i += 1) {
    const end = Math.ceil(((i + 1) * samples.length) / into.length);
    let swing = 0;
    for (let at = Math.floor((i * samples.length) / into.length); at < end; at += 1)
      swing = Math.max(swing, Math.abs(samples[at] ?? 0));
    into[i] = swing;
    most = Math.max(most, swing);
  }
  return most;
}
