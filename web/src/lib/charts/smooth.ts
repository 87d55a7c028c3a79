/**
 * An exponential moving average that is fair to its begin, as TensorBoard draws it: `weight` is
 * the share of what was before, from 0 to below 1. Gaps stay gaps and change nothing.
 */
export function smoothed(values: readonly (number | null)[], weight: number): (number | null)[] {
  let sum = 0;
  let share = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = sum * weight + value * (1 - weight);
    share = share * weight + (1 - weight);
    return sum / share;
  });
}
