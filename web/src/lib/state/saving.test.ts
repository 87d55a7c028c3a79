import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Abilities } from "$lib/api/control";
import { serverControl } from "$lib/api/server";
import { savingFigures, savingFile, savingFiles, savingJobFile, savingLog } from "./saving";
import { toasts } from "./toasts.svelte";

const server = serverControl();
const release = vi.fn<() => void>();
const open = vi.fn((id: string, path: string) =>
  Promise.resolve({ address: `blob:${id}/${path}`, release }),
);

/** The same without addresses that last. */
const without = {
  ...server,
  can: { ...server.can, links: false } satisfies Abilities,
  open,
  jobFile: () => Promise.resolve("format = 1"),
  metricsText: () => Promise.resolve("step,loss\n1,2\n"),
};

let saved: [href: string, name: string][];

beforeEach(() => {
  vi.useFakeTimers();
  saved = [];
  open.mockClear();
  release.mockClear();
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (
    this: HTMLAnchorElement,
  ) {
    saved.push([this.href, this.download]);
  });
});

afterEach(() => {
  vi.useRealTimers();
});

async function press(saving: ReturnType<typeof savingFile>): Promise<void> {
  if ("href" in saving) throw new Error("a link, and no button");
  saving.onclick();
  await vi.advanceTimersByTimeAsync(0);
}

describe("saving", () => {
  it("is a link where addresses last", () => {
    const under = "/api/jobs/j";
    expect(savingFile(server, "j", "outputs/a b.txt")).toEqual({
      href: `${under}/files/outputs/a%20b.txt`,
      download: true,
    });
    expect(savingFiles(server, "j", ["a", "b"])).toEqual({
      href: `${under}/zip?path=a&path=b`,
      download: true,
    });
    expect(savingFiles(server, "j", ["a"])).toEqual(savingFile(server, "j", "a"));
    expect(savingLog(server, "j")).toMatchObject({ href: `${under}/log?download=true` });
    expect(savingFigures(server, "j")).toMatchObject({ href: `${under}/metrics.csv` });
    expect(savingJobFile(server, "j", "j.toml")).toEqual({
      href: `${under}/file`,
      download: "j.toml",
    });
  });

  it("else asks for an address when it is pressed, and gives it back", async () => {
    const saving = savingFile(without, "j", "outputs/a.txt");
    expect(open).not.toHaveBeenCalled();
    await press(saving);
    expect(saved).toEqual([["blob:j/outputs/a.txt", "a.txt"]]);
    expect(release).not.toHaveBeenCalled(); // the browser reads it still
    await vi.advanceTimersByTimeAsync(60_000);
    expect(release).toHaveBeenCalledOnce();
  });

  it("saves several one after the other", async () => {
    await press(savingFiles(without, "j", ["outputs/a", "outputs/b"]));
    expect(saved.map(([, name]) => name)).toEqual(["a", "b"]);
  });

  it("names a log, figures and a job file after their job", async () => {
    await press(savingLog(without, "j"));
    await press(savingFigures(without, "j"));
    await press(savingJobFile(without, "j", "mine.toml"));
    expect(open).toHaveBeenCalledExactlyOnceWith("j", "output.log");
    expect(saved.map(([, name]) => name)).toEqual(["j.log", "j.csv", "mine.toml"]);
  });

  it("says when that failed", async () => {
    const say = vi.spyOn(toasts, "say");
    open.mockRejectedValueOnce(new Error("gone"));
    await press(savingFile(without, "j", "outputs/a.txt"));
    expect(say).toHaveBeenCalledExactlyOnceWith("a.txt could not be downloaded", { kind: "error" });
    expect(saved).toEqual([]);
  });
});
