import { expect, it } from "vitest";
import type { Disk } from "$lib/api/types";
import { partsOf } from "./parts";

function disk(free: number, caches: number): Disk {
  const group = { kind: "caches" as const, bytes: caches, count: 1, complete: true, items: [] };
  return { home: "/h", total: 100, free, bytes: caches, complete: true, groups: [group] };
}

it("divides the whole disk", () => {
  expect(partsOf(disk(60, 10))).toEqual([
    { kind: "caches", bytes: 10 },
    { kind: "others", bytes: 30 },
    { kind: "free", bytes: 60 },
  ]);
});

it("never says less than nothing, where files share their blocks", () => {
  expect(partsOf(disk(95, 10)).map((part) => part.bytes)).toEqual([10, 0, 95]);
});
