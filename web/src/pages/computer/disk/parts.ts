import type { Disk, DiskGroup } from "$lib/api/types";

export interface Part {
  kind: DiskGroup["kind"] | "others" | "free";
  bytes: number;
}

/** What the whole disk is used for. While sizes are counted, what is ours still looks like others'. */
export function partsOf(disk: Disk): readonly Part[] {
  const ours = disk.groups.map(({ kind, bytes }) => ({ kind, bytes }));
  const known = ours.reduce((sum, part) => sum + part.bytes, 0);
  return [
    ...ours,
    { kind: "others", bytes: Math.max(0, disk.total - disk.free - known) },
    { kind: "free", bytes: disk.free },
  ];
}
