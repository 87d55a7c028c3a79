/** Numbers as the reader's locale writes them. */

let locale: string[] | undefined; // undefined: the browser's own

/** Fixes the locale; for tests. */
export function useLocale(tags: readonly string[] | undefined): void {
  locale = tags && [...tags];
  made.clear();
}

/** What is written by it besides numbers asks here. */
export function localeInUse(): string[] | undefined {
  return locale;
}

const made = new Map<string, Intl.NumberFormat>();

/** Made once for each of its options: making one takes longer than using it. */
export function numbers(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  let format = made.get(key);
  if (!format) made.set(key, (format = new Intl.NumberFormat(locale, options)));
  return format;
}

/** 10,300 · 1.5 */
export function number(value: number, digits = 0): string {
  return numbers({ maximumFractionDigits: digits }).format(value);
}

/** A figure of a metric, to four significant digits: 1.423 · 2e-5 */
export function figure(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e7))
    return numbers({ notation: "scientific", maximumSignificantDigits: 4 })
      .format(value)
      .replace("E", "e"); // as people type it
  return numbers({ maximumSignificantDigits: size >= 1000 ? 7 : 4 }).format(value);
}

/** 61 % of 0.61, as the locale writes it. */
export function percent(share: number): string {
  return numbers({ style: "percent", maximumFractionDigits: 0 }).format(share);
}
