/** Labels of an axis of moments: as fine as the distance between two of them. */
export function axisTime(moments: readonly number[]): string[] {
  const [first = 0, second = first + 60] = moments;
  const step = second - first;
  const format = new Intl.DateTimeFormat(undefined, options(step));
  return moments.map((moment) => format.format(moment * 1000));
}

function options(step: number): Intl.DateTimeFormatOptions {
  if (step >= 86_400) return { month: "short", day: "numeric" };
  if (step >= 60) return { hour: "numeric", minute: "2-digit" };
  return { hour: "numeric", minute: "2-digit", second: "2-digit" };
}
