import { describe, expect, it, vi } from "vitest";
import type { Upload } from "$lib/api/types";
import { Sendings } from "./sendings.svelte";

const files = [{ path: "a/1.png", file: new File(["x"], "1.png") }];

function control() {
  let count = 0;
  return {
    upload: vi.fn(() => {
      count += 1;
      return Promise.resolve({ id: `u${count}`, path: `/uploads/u${count}/a` } as Upload);
    }),
    removeUpload: vi.fn(() => Promise.resolve()),
  };
}

const paths = (sendings: Sendings) => sendings.all.map(([path]) => path);

describe("Sendings", () => {
  it("keeps one for each field, and takes away what is not wanted any more", async () => {
    const calls = control();
    const sendings = new Sendings(calls);
    await sendings.begin("settings.folders.0.path").send(files);
    await sendings.begin("settings.folders.0.path").send(files);
    expect(paths(sendings)).toEqual(["settings.folders.0.path"]);
    expect(calls.removeUpload).toHaveBeenCalledExactlyOnceWith("u1");
    expect(sendings.at("settings.folders.0.path")?.place).toBe("/uploads/u2/a");
  });

  it("moves with its row when one before it is removed", async () => {
    const calls = control();
    const sendings = new Sendings(calls);
    const [gone, stays] = ["0", "2"].map((row) => sendings.begin(`settings.folders.${row}.path`));
    const other = sendings.begin("settings.others.2.path");
    await Promise.all([gone?.send(files), stays?.send(files)]);
    sendings.rowRemoved("settings.folders", 0);
    expect(stays && sendings.pathOf(stays)).toBe("settings.folders.1.path");
    expect(sendings.pathOf(other)).toBe("settings.others.2.path");
    expect(gone && sendings.pathOf(gone)).toBeUndefined();
    expect(calls.removeUpload).toHaveBeenCalledExactlyOnceWith("u1");
  });

  it("is busy while any is under way, and can end all of these", () => {
    const never = { ...control(), upload: vi.fn(() => new Promise<Upload>(() => undefined)) };
    const sendings = new Sendings(never);
    expect(sendings.busy).toBe(false);
    void sendings.begin("settings.source").send(files);
    expect(sendings.busy).toBe(true);
    sendings.cancel();
    expect([sendings.busy, paths(sendings)]).toEqual([false, []]);
  });
});
