import { describe, expect, it, vi } from "vitest";
import type { Upload } from "$lib/api/types";
import { Sending } from "./sending.svelte";

const done = { id: "u1", path: "/home/uploads/u1/files/voice" } as Upload;
const files = ["voice/metadata.csv", "voice/wavs/1.wav"].map((path) => ({
  path,
  file: new File(["12345"], path),
}));

type Progress = (sent: number, total: number) => void;

function control() {
  return {
    upload: vi.fn((...[, onprogress]: [unknown, Progress?, AbortSignal?]) => {
      onprogress?.(5, 10);
      return Promise.resolve(done);
    }),
    removeUpload: vi.fn(() => Promise.resolve()),
  };
}

describe("Sending", () => {
  it("sends what was dropped and says where it lies then", async () => {
    const sending = new Sending(control());
    expect(await sending.send(files)).toBe(done.path);
    expect(sending).toMatchObject({ state: "sent", name: "voice", files: 2, bytes: 10, sent: 5 });
    expect(sending.share).toBe(0.5);
  });

  it("has no name for files without a folder, and the file's own for one", async () => {
    const sending = new Sending(control());
    await sending.send(["a.wav", "b.wav"].map((path) => ({ path, file: new File([], path) })));
    expect(sending.name).toBe("");
    await sending.send([{ path: "voice.zip", file: new File([], "voice.zip") }]);
    expect(sending.name).toBe("voice.zip");
  });

  it("doesn't know how far it is before anything arrived", async () => {
    const calls = control();
    calls.upload.mockImplementationOnce(() => new Promise(() => undefined));
    const sending = new Sending(calls);
    void sending.send(files);
    await Promise.resolve();
    expect(sending).toMatchObject({ state: "sending", share: null });
  });

  it("keeps what failed, for another try", async () => {
    const calls = control();
    calls.upload.mockRejectedValueOnce(new Error("full"));
    const sending = new Sending(calls);
    expect(await sending.send(files)).toBeUndefined();
    expect(sending.state).toBe("failed");
    expect(await sending.retry()).toBe(done.path);
    expect(calls.upload.mock.calls[1]?.[0]).toBe(files);
    expect(sending.error).toBeUndefined();
  });

  it("can be given up, and hears no more of it", async () => {
    const calls = control();
    let progress: Progress | undefined;
    let finish: ((upload: Upload) => void) | undefined;
    calls.upload.mockImplementationOnce((_files, onprogress) => {
      progress = onprogress;
      return new Promise((resolve) => (finish = resolve));
    });
    const sending = new Sending(calls);
    const sent = sending.send(files);
    sending.cancel();
    expect(calls.upload.mock.calls[0]?.[2]?.aborted).toBe(true);
    progress?.(10, 10);
    finish?.(done);
    expect(await sent).toBeUndefined();
    expect(sending).toMatchObject({ state: "nothing", sent: 0 });
  });

  it("removes from the computer what is not wanted any more", async () => {
    const calls = control();
    const sending = new Sending(calls);
    await sending.send(files);
    sending.remove();
    sending.remove();
    expect(calls.removeUpload).toHaveBeenCalledExactlyOnceWith("u1");
    expect(sending.state).toBe("nothing");
  });
});
