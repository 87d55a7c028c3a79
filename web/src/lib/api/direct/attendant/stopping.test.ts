import { describe, expect, it, vi } from "vitest";
import type { Table } from "../common/reading";
import cases from "../golden/shown.json?raw";
import type { Face, FaceJob } from "../pod/face";
import type { Attended } from "./attended";
import { tellStop } from "./following";

/** What a pod says that was asked to stop with a checkpoint, as Python writes it. */
const [asked] = (JSON.parse(cases) as { given: { pod: Table } }[]).filter(
  ({ given }) => given.pod["stopping"],
);
if (!asked) throw new Error("no golden pod that stops");
const { pod } = asked.given;

describe("a wish to stop", () => {
  const told = async (stopping: Attended["stopping"], state: Table) => {
    const stop = vi.fn<Face["stop"]>(() => Promise.resolve());
    await tellStop({ stopping, job: { state } as FaceJob, face: { stop } as unknown as Face });
    return stop.mock.calls;
  };
  const now = { ...pod, stopping: { ...(pod["stopping"] as object), how: "now" } };

  it("is told to a pod that hasn't noted it", async () => {
    expect(await told("save", { ...pod, stopping: null })).toEqual([["save"]]);
    expect(await told("now", {})).toEqual([["now"]]);
    expect(await told("now", pod)).toEqual([["now"]]);
  });

  it("is told once, and no less than somebody else asked for", async () => {
    expect(await told("save", pod)).toEqual([]);
    expect(await told("now", now)).toEqual([]);
    expect(await told("save", now)).toEqual([]);
    expect(await told(null, {})).toEqual([]);
  });
});
