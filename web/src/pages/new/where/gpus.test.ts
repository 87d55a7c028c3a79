import { describe, expect, it } from "vitest";
import { cloudsOf, firstTried, gpusOf, moved, toggled } from "./gpus";
import { offer } from "./offersForTests";

const offers = [
  offer("small", "community", 0.1),
  offer("big", "community", 0.3, { stock: "none" }),
  offer("big", "secure", 0.4),
  offer("odd", "secure", null),
  offer("tiny", "secure", 0.05, { fits: false, why: "has 6 GB, and the job needs 16 GB" }),
];

describe("offers by GPU", () => {
  it("stand in their order, with what each cloud asks", () => {
    const gpus = gpusOf(offers);
    expect(gpus.map(({ id }) => id)).toEqual(["small", "big", "odd", "tiny"]);
    expect([...(gpus[1]?.clouds.keys() ?? [])]).toEqual(["community", "secure"]);
    expect(cloudsOf(offers)).toEqual(["secure", "community"]);
    expect(cloudsOf(offers.slice(0, 2))).toEqual(["community"]);
  });

  it("fit if they do on any cloud, else say why not", () => {
    const mixed = [...offers, offer("tiny", "community", 0.04)];
    expect(gpusOf(offers).map(({ fits }) => fits)).toEqual([true, true, true, false]);
    expect(gpusOf(offers)[3]?.why).toMatch(/needs 16 GB/);
    expect(gpusOf(mixed)[3]?.why).toBe("");
  });
});

describe("what is tried first", () => {
  it("is the cheapest that fits, has a price and may be free", () => {
    expect(firstTried(offers, [])?.gpu).toBe("small");
    expect(firstTried(offers.slice(1), [])?.cloud).toBe("secure");
    expect(firstTried(offers.slice(1, 2), [])?.gpu).toBe("big"); // none is said to be free
  });

  it("is the first of those that were chosen, and fit", () => {
    expect(firstTried(offers, ["big", "small"])?.gpu).toBe("big");
    expect(firstTried(offers, ["tiny", "small"])?.gpu).toBe("small");
    expect(firstTried(offers, ["tiny"])).toBeUndefined();
  });
});

describe("choosing", () => {
  it("adds at the end, and takes out again", () => {
    expect(toggled(["a"], "b")).toEqual(["a", "b"]);
    expect(toggled(["a", "b"], "a")).toEqual(["b"]);
  });

  it.each([
    ["c", 0, ["c", "a", "b"]],
    ["a", 1, ["b", "a", "c"]],
    ["a", 9, ["b", "c", "a"]],
    ["b", -1, ["b", "a", "c"]],
  ])("puts %s at %i", (id, place, order) => {
    expect(moved(["a", "b", "c"], id, place)).toEqual(order);
  });
});
