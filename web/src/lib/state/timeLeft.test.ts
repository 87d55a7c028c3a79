import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { useLocale } from "$lib/format";
import { TimeLeft } from "./timeLeft";

beforeEach(() => {
  useLocale(["en"]);
});
afterEach(() => {
  useLocale(undefined);
});

describe("time left", () => {
  it("is not known before it was estimated", () => {
    const left = new TimeLeft();
    expect(left.text(100)).toBeNull();
    left.hear(600, 100);
    left.hear(null, 101);
    expect(left.text(102)).toBeNull();
  });

  it("counts down by itself", () => {
    const left = new TimeLeft();
    left.hear(600, 1000);
    expect(left.seconds(1000)).toBe(600);
    expect(left.seconds(1060)).toBe(540);
    expect(left.seconds(9999)).toBe(0);
  });

  it("doesn't flicker where estimates jump", () => {
    const left = new TimeLeft();
    const shown: string[] = [];
    // Around 27.5 min, the edge between 25 and 30, off by 5 % this way and that each second.
    for (let second = 0; second < 120; second++) {
      left.hear((1650 - second) * (second % 2 ? 1.05 : 0.95), second);
      const text = left.text(second) ?? "";
      if (shown.at(-1) !== text) shown.push(text);
    }
    expect(shown.length).toBeLessThanOrEqual(2);
  });

  it("takes a wholly different estimate at once", () => {
    const left = new TimeLeft();
    left.hear(3600, 0);
    left.hear(300, 1);
    expect(left.seconds(1)).toBe(300);
    expect(left.text(1)).toBe("5 min");
  });

  it("comes to its end in words", () => {
    const left = new TimeLeft();
    left.hear(30, 0);
    expect(left.text(1)).toBe("less than a minute");
  });
});
