import { localeInUse, number, numbers } from "./numbers";
import { t } from "./texts";

export { figure, number, percent, useLocale } from "./numbers";

/** Numbers, sizes and times as the reader's locale writes them; a gap is said, not guessed. */

export type Moment = number; // seconds since 1970, as everywhere in job folders

const sizes = ["B", "kB", "MB", "GB", "TB"] as const;

/** 1.4 GB; a kB is 1000 bytes. */
export function bytes(value: number): string {
  let size = value;
  let unit = 0;
  while (size >= 999.5 && unit < sizes.length - 1) {
    size /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && size < 9.95 ? 1 : 0;
  return `${number(size, digits)} ${t.kit.units[sizes[unit] ?? "B"]}`;
}

/** A share of a size in the size's own unit: 3.2 of 24 GB. */
export function bytesOf(part: number, whole: number): string {
  const [a = "", unitA = ""] = bytes(part).split(" ");
  const [b = "", unitB = ""] = bytes(whole).split(" ");
  return unitA === unitB ? `${a} / ${b} ${unitB}` : `${a} ${unitA} / ${b} ${unitB}`;
}

/** 45 s · 12 min · 3 h 12 min · 2 d 4 h */
export function duration(seconds: number): string {
  const { d, h, min, s, ms } = t.kit.units;
  if (seconds < 1) return `${number(seconds * 1000)} ${ms}`;
  if (seconds < 59.5) return `${number(seconds)} ${s}`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${number(minutes)} ${min}`;
  if (minutes < 24 * 60) return pair(minutes, 60, h, min);
  return pair(Math.round(minutes / 60), 24, d, h);
}

function pair(small: number, many: number, unit: string, rest: string): string {
  const left = small % many;
  const first = `${number(Math.floor(small / many))} ${unit}`;
  return left ? `${first} ${number(left)} ${rest}` : first;
}

/** 0:08 · 12:31 · 3:12:05, for times that are compared or run. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (n: number) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Time left in steps that grow with it, so that it doesn't flicker: 12 min · 1 h 40 min · 6 h */
export function timeLeft(seconds: number): string {
  if (seconds < 45) return t.kit.lessThanAMinute;
  const minutes = seconds / 60;
  const step = minutes < 10 ? 1 : minutes < 60 ? 5 : minutes < 6 * 60 ? 10 : 60;
  return duration(Math.max(step, Math.round(minutes / step) * step) * 60);
}

/** $1.57, in the locale's way. */
export function money(dollars: number): string {
  return numbers({ style: "currency", currency: "USD", currencyDisplay: "narrowSymbol" }).format(
    dollars,
  );
}

function dates(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(localeInUse(), options);
}

/** Nov 22, 2026, 2:30:05 PM */
export function moment(at: Moment): string {
  return dates({ dateStyle: "medium", timeStyle: "medium" }).format(at * 1000);
}

/** 2:30 PM today, Nov 22 this year, Nov 22, 2025 before. */
export function day(at: Moment, now: Moment): string {
  const [then, today] = [new Date(at * 1000), new Date(now * 1000)];
  if (then.toDateString() === today.toDateString())
    return dates({ timeStyle: "short" }).format(then);
  const year = then.getFullYear() === today.getFullYear() ? {} : { year: "numeric" as const };
  return dates({ month: "short", day: "numeric", ...year }).format(then);
}

/** 2:30 PM today; on another day with that day: Nov 23, 2:30 AM. */
export function when(at: Moment, now: Moment): string {
  const time = dates({ timeStyle: "short" }).format(at * 1000);
  return new Date(at * 1000).toDateString() === new Date(now * 1000).toDateString()
    ? time
    : dates({ month: "short", day: "numeric", hour: "numeric", minute: "2-digit" }).format(
        at * 1000,
      );
}

/** 2:30:05 PM */
export function timeOfDay(at: Moment): string {
  return dates({ timeStyle: "medium" }).format(at * 1000);
}

/** August 27, 2026, of 2026-08-27; what is no such day stays as it is. */
export function date(iso: string): string {
  const at = new Date(`${iso}T00:00:00Z`);
  if (Number.isNaN(at.getTime())) return iso;
  return dates({ dateStyle: "long", timeZone: "UTC" }).format(at);
}

const steps = [
  ["minute", 60],
  ["hour", 3600],
  ["day", 86400],
] as const;

/** “3 minutes ago”, in words of the page's language; a day after a week. */
export function relative(at: Moment, now: Moment, language: string): string {
  const ago = now - at;
  if (Math.abs(ago) < 45) return t.kit.justNow;
  if (Math.abs(ago) > 7 * 86400) return day(at, now);
  const [unit, seconds] =
    Math.abs(ago) < 3570 ? steps[0] : Math.abs(ago) < 86400 * 0.95 ? steps[1] : steps[2];
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  return format.format(-Math.round(ago / seconds), unit);
}
