import { describe, expect, it, vi } from "vitest";
import type { Upload } from "./types";
import { upload } from "./upload";

const files = Array.from({ length: 9 }, (_, at) => ({
  path: `voice/${at}.wav`,
  file: new Blob(["x".repeat(at + 1)]),
}));
const whole = { id: "u1", path: "/home/uploads/u1/voice" } as Upload;

function calls(put: (id: string, path: string) => Promise<void>) {
  return {
    begin: vi.fn(() => Promise.resolve({ id: "u1" } as Upload)),
    put: vi.fn(put),
    end: vi.fn(() => Promise.resolve(whole)),
    remove: vi.fn(() => Promise.resolve()),
  };
}

describe("an upload", () => {
  it("says what is to come, sends each file once, and answers the whole", async () => {
    const server = calls(() => Promise.resolve());
    const progress = vi.fn();
    expect(await upload(server, files, progress)).toBe(whole);
    expect(server.begin).toHaveBeenCalledWith(9, 45);
    expect(server.put.mock.calls.map(([, path]) => path).sort()).toEqual(
      files.map(({ path }) => path),
    );
    expect(progress).toHaveBeenCalledTimes(9);
    expect(progress).toHaveBeenLastCalledWith(45, 45);
    expect(server.remove).not.toHaveBeenCalled();
  });

  it("sends a few at once, not all", async () => {
    let [now, most] = [0, 0];
    const server = calls(async () => {
      most = Math.max(most, ++now);
      await Promise.resolve();
      now -= 1;
    });
    await upload(server, files);
    expect(most).toBe(4);
  });

  it("removes what it began when a file is refused", async () => {
    const refused = new Error("too large");
    const server = calls((_, path) =>
      path.endsWith("4.wav") ? Promise.reject(refused) : Promise.resolve(),
    );
    await expect(upload(server, files)).rejects.toBe(refused);
    expect(server.end).not.toHaveBeenCalled();
    expect(server.remove).toHaveBeenCalledWith("u1");
  });

  it("sends nothing more once it is given up", async () => {
    const given = new AbortController();
    const server = calls(() => {
      given.abort();
      return Promise.resolve();
    });
    await expect(upload(server, files, undefined, given.signal)).rejects.toThrow();
    expect(server.put.mock.calls.length).toBeLessThanOrEqual(4);
    expect(server.remove).toHaveBeenCalledTimes(1);
  });
});
