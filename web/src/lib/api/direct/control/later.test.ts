import { describe, expect, it, vi } from "vitest";
import { later, type DirectControl } from "./later";

describe("a control that is loaded later", () => {
  it("says at once what it can do, and is loaded with the first call", async () => {
    const recipe = vi.fn(() => Promise.resolve({ name: "piper" }));
    const load = vi.fn(() => Promise.resolve({ recipe } as unknown as DirectControl));
    const control = later(load);
    expect(control.can).toMatchObject({ local: false, keepSecrets: false, links: false });
    expect(control.fileAddress("job", "x.wav")).toBe("");
    expect(load).not.toHaveBeenCalled();
    expect(await control.recipe("piper")).toEqual({ name: "piper" });
    expect(recipe).toHaveBeenCalledWith("piper");
  });

  it("rejects where it can't be loaded", async () => {
    const control = later(() => Promise.reject(new Error("offline")));
    await expect(control.jobs()).rejects.toThrow("offline");
  });
});
