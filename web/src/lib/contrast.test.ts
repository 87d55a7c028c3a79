import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

// WCAG 2.2: 1.4.3 wants 4.5 for text, 1.4.11 wants 3 for what shows where a control is.
const css = readFileSync("src/app.css", "utf8");

function tokens(selector: string): Map<string, string> {
  const block = css.slice(css.indexOf(`${selector} {`)).split("}")[0] ?? "";
  const found = block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g);
  return new Map([...found].map(([, name = "", value = ""]) => [name, value]));
}

function light(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one: string, other: string): number {
  const [more, less] = [light(one), light(other)].sort((a, b) => b - a) as [number, number];
  return (more + 0.05) / (less + 0.05);
}

const grounds = ["canvas", "sunken", "raised", "hover"];
const inks = ["ink", "muted", "accent-ink", "good", "bad", "warn", "odd"];
const softs = ["accent", "good", "bad", "warn", "odd"].map((name) => `${name}-soft`);
const fills = ["accent", "accent-hover", "bad-fill", "bad-fill-hover"];
const lines = ["edge", "accent", "accent-ink", "bad", "good", "warn", "odd"];
const charts = Array.from({ length: 8 }, (_, at) => `chart-${at + 1}`);
const terminal = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

const pairs: [string, string, number][] = [
  ...inks.flatMap((ink) => grounds.map((ground): [string, string, number] => [ink, ground, 4.5])),
  ...softs.flatMap((ground): [string, string, number][] => [
    [ground === "accent-soft" ? "accent-ink" : ground.slice(0, -"-soft".length), ground, 4.5],
    ["ink", ground, 4.5],
    ["muted", ground, 4.5],
  ]),
  ...fills.map((fill): [string, string, number] => ["on-fill", fill, 4.5]),
  ...lines.flatMap((line) =>
    ["canvas", "sunken", "raised"].map((ground): [string, string, number] => [line, ground, 3]),
  ),
  ...charts.flatMap((line) =>
    ["canvas", "raised"].map((ground): [string, string, number] => [line, ground, 3]),
  ),
  ...terminal.flatMap((name): [string, string, number][] => [
    [`term-bright-${name}`, "sunken", 4.5],
    ...(name === "black" ? [] : ([[`term-${name}`, "sunken", 4.5]] as [string, string, number][])),
  ]),
];

describe.each([
  ["light", ":root"],
  ["dark", ':root[data-theme="dark"]'],
])("in the %s theme", (_, selector) => {
  const colours = tokens(selector);

  it.each(pairs)("%s can be read on %s (%d)", (front, back, least) => {
    expect(contrast(colours.get(front) ?? "", colours.get(back) ?? "")).toBeGreaterThanOrEqual(
      least,
    );
  });
});
