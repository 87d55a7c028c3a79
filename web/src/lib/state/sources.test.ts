import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Abilities, Opened } from "$lib/api/control";
import { serverControl } from "$lib/api/server";
import { Sources } from "./sources";

const server = serverControl();
const release = vi.fn<(path: string) => void>();
const open = vi.fn<(id: string, path: string) => Promise<Opened>>();
const without = { ...server, can: { ...server.can, links: false } satisfies Abilities, open };

let sources: Sources;

beforeEach(() => {
  release.mockClear();
  open.mockReset();
  open.mockImplementation((id, path) =>
    Promise.resolve({
      address: `blob:${id}/${path}`,
      blob: new Blob([`of ${path}`]),
      release: () => {
        release(path);
      },
    }),
  );
  sources = new Sources(() => without);
});

describe("the source of a file", () => {
  it("is its address where that lasts", () => {
    sources = new Sources(() => server);
    const source = sources.of("j", "samples/1.wav");
    expect(source).toBe("/api/jobs/j/files/samples/1.wav");
    expect(sources.address(source)).toBe(source);
  });

  it("else is a name, which is opened once for all who hear it", async () => {
    const source = sources.of("j", "samples/1.wav");
    expect(open).not.toHaveBeenCalled();
    expect(await sources.address(source)).toBe("blob:j/samples/1.wav");
    expect(new TextDecoder().decode(await sources.bytes(source))).toBe("of samples/1.wav");
    expect(open).toHaveBeenCalledExactlyOnceWith("j", "samples/1.wav");
  });

  it("is opened again when its address has an end, and after a failure", async () => {
    const source = sources.of("j", "large.wav");
    open.mockResolvedValueOnce({ address: "https://pod/t/1", release: () => undefined });
    expect(await sources.address(source)).toBe("https://pod/t/1");
    open.mockRejectedValueOnce(new Error("away"));
    await expect(sources.address(source)).rejects.toThrow("away");
    expect(await sources.address(source)).toBe("blob:j/large.wav");
  });

  it("is released when many others were opened after it", async () => {
    for (let n = 0; n <= 60; n += 1) await sources.address(sources.of("j", String(n)));
    await vi.waitFor(() => {
      expect(release).toHaveBeenCalledExactlyOnceWith("0");
    });
  });
});
