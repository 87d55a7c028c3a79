import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as format from "./format";

beforeEach(() => {
  format.useLocale(["en-US"]);
});

afterEach(() => {
  format.useLocale(undefined);
});

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe("numbers", () => {
  it("group and round", () => {
    expect(format.number(10300)).toBe("10,300");
    expect(format.number(1.456, 1)).toBe("1.5");
    expect(format.percent(0.614)).toBe("61%");
    expect(format.money(1.5)).toBe("$1.50");
  });

  it.each([
    [0, "0"],
    [1.42345, "1.423"],
    [0.000123, "0.000123"],
    [0.00002, "2e-5"],
    [12345.678, "12,345.68"],
    [-3.14159, "-3.142"],
    [12345678, "1.235e7"],
  ])("a metric of %d is %s", (value, text) => {
    expect(format.figure(value)).toBe(text);
  });

  it("follow the reader's locale", () => {
    format.useLocale(["de-DE"]);
    expect(format.number(10300.5, 1)).toBe("10.300,5");
    expect(format.percent(0.61)).toBe("61\u00a0%");
    expect(format.bytes(1_450_000)).toBe("1,5 MB");
  });
});

describe("sizes", () => {
  it.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1 kB"],
    [1450, "1.5 kB"],
    [63_400_000, "63 MB"],
    [999_600_000, "1 GB"],
    [2.5e12, "2.5 TB"],
    [3e15, "3,000 TB"],
  ])("%d bytes are %s", (value, text) => {
    expect(format.bytes(value)).toBe(text);
  });

  it("name the unit of a share once where it is the same", () => {
    expect(format.bytesOf(3.2e9, 24e9)).toBe("3.2 / 24 GB");
    expect(format.bytesOf(512e6, 24e9)).toBe("512 MB / 24 GB");
  });
});

describe("durations", () => {
  it.each([
    [0.25, "250 ms"],
    [8, "8 s"],
    [59.4, "59 s"],
    [59.6, "1 min"],
    [12 * MINUTE, "12 min"],
    [3 * HOUR + 12 * MINUTE, "3 h 12 min"],
    [6 * HOUR, "6 h"],
    [2 * DAY + 4 * HOUR, "2 d 4 h"],
    [DAY - 1, "1 d"],
  ])("%d s are %s", (seconds, text) => {
    expect(format.duration(seconds)).toBe(text);
  });

  it("run as a clock", () => {
    expect([8, 751, 11525, -1].map(format.clock)).toEqual(["0:08", "12:31", "3:12:05", "0:00"]);
  });

  it("are left in steps that grow with them", () => {
    expect(format.timeLeft(20)).toBe("less than a minute");
    expect(format.timeLeft(50)).toBe("1 min");
    expect(format.timeLeft(7.4 * MINUTE)).toBe("7 min");
    expect(format.timeLeft(12.4 * MINUTE)).toBe("10 min");
    expect(format.timeLeft(1.72 * HOUR)).toBe("1 h 40 min");
    expect(format.timeLeft(6.3 * HOUR)).toBe("6 h");
  });
});

describe("moments", () => {
  const now = new Date(2026, 10, 22, 14, 30).getTime() / 1000;

  it("are said by their distance, then by their day", () => {
    const said = (ago: number) => format.relative(now - ago, now, "en");
    expect(said(10)).toBe("just now");
    expect(said(3 * MINUTE)).toBe("3 minutes ago");
    expect(said(59.6 * MINUTE)).toBe("1 hour ago");
    expect(said(23.5 * HOUR)).toBe("yesterday");
    expect(said(3 * DAY)).toBe("3 days ago");
    expect(said(30 * DAY)).toBe("Oct 23");
    expect(said(400 * DAY)).toBe("Oct 18, 2025");
    expect(said(-5 * MINUTE)).toBe("in 5 minutes");
  });

  it("of today are a time of day", () => {
    expect(format.day(now - HOUR, now)).toMatch(/^1:30\sPM$/);
  });

  it("to come are a time of today, or of their day", () => {
    expect(format.when(now + HOUR, now)).toMatch(/^3:30\sPM$/);
    expect(format.when(now + DAY, now)).toMatch(/^Nov 23, 2:30\sPM$/);
    expect(format.timeOfDay(now)).toMatch(/^2:30:00\sPM$/);
  });

  it("of a table are days, wherever one reads it", () => {
    expect(format.date("2026-08-27")).toBe("August 27, 2026");
    expect(format.date("some time")).toBe("some time");
  });

  it("are whole on hover", () => {
    expect(format.moment(now)).toMatch(/^Nov 22, 2026, 2:30:00\sPM$/);
  });
});
