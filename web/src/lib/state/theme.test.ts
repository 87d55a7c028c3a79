import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { recall, remember } from "./prefs";
import { Theme } from "./theme.svelte";

const root = document.documentElement;
let systemDark = false;
let turned: (() => void) | undefined;
let unfollow: (() => void) | undefined;

beforeEach(() => {
  systemDark = false;
  localStorage.clear();
  vi.stubGlobal("matchMedia", () => ({
    get matches() {
      return systemDark;
    },
    addEventListener: (_: string, heard: () => void) => (turned = heard),
    removeEventListener: () => (turned = undefined),
  }));
});

afterEach(() => {
  unfollow?.();
  vi.unstubAllGlobals();
});

function turn(dark: boolean): void {
  systemDark = dark;
  turned?.();
}

describe("the theme", () => {
  it("follows the system until one is chosen", () => {
    const theme = new Theme();
    unfollow = theme.follow();
    expect([theme.choice, theme.shown, root.dataset["theme"]]).toEqual([
      "system",
      "light",
      "light",
    ]);
    turn(true);
    expect([theme.shown, root.dataset["theme"]]).toEqual(["dark", "dark"]);
    theme.choice = "light";
    turn(false);
    turn(true);
    expect([theme.shown, root.dataset["theme"]]).toEqual(["light", "light"]);
  });

  it("is remembered, and forgotten when it is the system's again", () => {
    const theme = new Theme();
    theme.choice = "dark";
    expect([recall("theme"), new Theme().choice]).toEqual(["dark", "dark"]);
    theme.choice = "system";
    expect(recall("theme")).toBeUndefined();
  });

  it("takes over what another tab chose", () => {
    const theme = new Theme();
    unfollow = theme.follow();
    remember("theme", "dark");
    window.dispatchEvent(new StorageEvent("storage", { key: "tuneyard.theme" }));
    expect([theme.choice, root.dataset["theme"]]).toEqual(["dark", "dark"]);
  });

  it("reads nonsense as no choice", () => {
    localStorage.setItem("tuneyard.theme", "{nonsense");
    expect(new Theme().choice).toBe("system");
  });

  it("tells when it turns", async () => {
    const theme = new Theme();
    unfollow = theme.follow();
    const seen: string[] = [];
    const unwatch = theme.watch((shown) => seen.push(shown));
    await vi.waitFor(() => {
      expect(seen).toEqual(["light"]);
    });
    theme.choice = "dark";
    await vi.waitFor(() => {
      expect(seen).toEqual(["light", "dark"]);
    });
    unwatch();
  });
});

describe("the script before the first paint", () => {
  const script = readFileSync("public/theme.js", "utf8");
  const run = () => {
    globalThis.eval(script); // as a browser runs it: on its own, in the page
  };

  it.each([
    [undefined, false, "light"],
    [undefined, true, "dark"],
    ['"light"', true, "light"],
    ['"dark"', false, "dark"],
    ["{nonsense", true, "dark"],
  ])("with %s stored and a dark system %s shows %s", (stored, dark, shown) => {
    if (stored) localStorage.setItem("tuneyard.theme", stored);
    systemDark = dark;
    run();
    expect(root.dataset["theme"]).toBe(shown);
  });
});
