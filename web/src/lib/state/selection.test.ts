import { describe, expect, it } from "vitest";
import { Selection } from "./selection.svelte";

const order = ["a", "b", "c", "d", "e"];

describe("Selection", () => {
  it("chooses and lets go", () => {
    const selection = new Selection();
    selection.toggle("b");
    selection.toggle("d");
    expect(selection.ids).toEqual(["b", "d"]);
    selection.toggle("b");
    expect(selection.ids).toEqual(["d"]);
  });

  it("takes all between with shift, in either direction", () => {
    const down = new Selection();
    down.toggle("b", order);
    down.toggle("d", order, true);
    expect(down.ids).toEqual(["b", "c", "d"]);

    const up = new Selection();
    up.toggle("e", order);
    up.toggle("c", order, true);
    expect(up.ids.sort()).toEqual(["c", "d", "e"]);
  });

  it("lets go of a range as well", () => {
    const selection = new Selection();
    selection.all(order);
    selection.choose("b", false, order);
    selection.choose("d", false, order, true);
    expect(selection.ids).toEqual(["a", "e"]);
  });

  it("takes one row if the last choice is no longer in the list", () => {
    const selection = new Selection();
    selection.toggle("gone", order);
    selection.toggle("c", order, true);
    expect(selection.has("c")).toBe(true);
    expect(selection.size).toBe(2);
  });

  it("takes all, then none", () => {
    const selection = new Selection();
    selection.toggle("c");
    selection.all(order);
    expect(selection.size).toBe(5);
    selection.all(order);
    expect(selection.size).toBe(0);
  });

  it("forgets what was removed", () => {
    const selection = new Selection();
    selection.all(order);
    selection.keep(new Set(["a", "e"]));
    expect(selection.ids).toEqual(["a", "e"]);
  });
});
