// @vitest-environment node
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checksum, pack, tarOf, type Packed } from "../inputs/tar";
import { Face } from "../pod/face";
import { TestPod } from "../testing/pod";
import { testServer, type TestServer } from "../testing/server";
import { upload } from "./sending";

const sha = (data: Uint8Array | string) => createHash("sha256").update(data).digest("hex");
const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());

describe("packing", () => {
  it("takes one file as it is", async () => {
    const file = new Blob(["zip"]);
    const summed = vi.fn();
    const { entry, body } = await pack("dataset", [{ path: "voice.zip", file }], summed);
    expect(entry).toEqual({
      sha256: sha("zip"),
      bytes: 3,
      name: "voice.zip",
      kind: "file",
      place: "",
    });
    expect(body).toBe(file);
    expect(summed).toHaveBeenLastCalledWith(3);
  });

  it("makes a tar of a folder that any tar can read, with the longest of names", async () => {
    const long = `${"ordner/".repeat(20)}ü.wav`;
    const files = [
      { path: "voice/b.txt", file: new Blob(["b".repeat(600)]) },
      { path: `voice/${long}`, file: new Blob(["ü"]) },
      { path: "voice/a.txt", file: new Blob([""]) },
      { path: "voice/.DS_Store", file: new Blob(["x"]) },
      { path: "voice/.git/config", file: new Blob(["x"]) },
    ];
    const { entry, body } = await pack("dataset", files);
    expect(entry).toMatchObject({ name: "voice", kind: "folder", bytes: body.size });
    const data = await bytesOf(body);
    expect(entry.sha256).toBe(sha(data));
    const folder = mkdtempSync(join(tmpdir(), "tuneyard-"));
    try {
      writeFileSync(join(folder, "x.tar"), data);
      execFileSync("tar", ["xf", "x.tar"], { cwd: folder });
      expect(readFileSync(join(folder, long), "utf8")).toBe("ü");
      expect(readFileSync(join(folder, "b.txt"), "utf8")).toBe("b".repeat(600));
      const listed = execFileSync("tar", ["tf", "x.tar"], { cwd: folder, encoding: "utf8" });
      expect(listed.split("\n").slice(0, 2)).toEqual(["a.txt", "b.txt"]);
      expect(listed).not.toContain("git");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("makes the same tar of the same files, in whichever order they come", async () => {
    const files = ["x/a", "x/b"].map((path) => ({ path, file: new Blob([path]) }));
    const one = await bytesOf(tarOf(files));
    expect(await bytesOf(tarOf([...files].reverse()))).toEqual(one);
  });

  it("refuses nothing, and says when a file can't be read any more", async () => {
    const hidden = [{ path: "x/.hidden", file: new Blob(["x"]) }];
    await expect(pack("dataset", hidden)).rejects.toMatchObject({ code: "input-empty" });
    const gone = new Blob(["x"]);
    vi.spyOn(gone, "stream").mockReturnValue(
      new ReadableStream({
        pull: (reader) => {
          reader.error(new Error("gone"));
        },
      }),
    );
    await expect(checksum(gone)).rejects.toMatchObject({ code: "input-unreadable" });
  });
});

describe("sending", () => {
  const data = new Uint8Array(3_000_000).map((_, n) => 32 + (n % 64));
  const packed: Packed = {
    setting: "dataset",
    entry: { sha256: sha(data), bytes: data.length, name: "voice", kind: "file", place: "" },
    body: new Blob([data]),
  };
  let server: TestServer;
  let pod: TestPod;
  let face: Face;
  beforeEach(async () => {
    server = await testServer();
    pod = new TestPod(server, "/face");
    pod.token = "token";
    pod.inputs[packed.entry.sha256] = { bytes: data.length, data: new Uint8Array() };
    face = new Face(`${server.address}/face`, "token", (...words) => fetch(...words));
  });
  afterEach(() => server.close());

  let last = 0;
  const there = () => pod.inputs[packed.entry.sha256]?.data ?? new Uint8Array();
  const send = (
    progress = (have: number) => {
      last = have;
    },
  ) => upload(face, packed, AbortSignal.timeout(5000), progress, 1);

  it("goes by pieces, and says how far it is", async () => {
    const progress: number[] = [];
    await send((have) => {
      progress.push(have);
    });
    expect(sha(there())).toBe(packed.entry.sha256);
    expect(progress[0]).toBe(0);
    expect(progress.at(-1)).toBe(data.length);
    expect(progress.length).toBeGreaterThan(2);
  });

  it("goes on from where the pod stands, through answers that break off", async () => {
    pod.inputs[packed.entry.sha256] = { bytes: data.length, data: data.slice(0, 1000) };
    let broken = 2;
    const put = `PUT /face/inputs/${packed.entry.sha256}`;
    server.on(put, () => {
      broken -= 1;
      if (broken === 0) pod = revived(server, pod);
      return broken === 1 ? (response) => response.destroy() : { status: 502, body: "" };
    });
    await send();
    expect(last).toBe(data.length);
    expect(sha(there())).toBe(packed.entry.sha256);
  });

  it("begins anew when other bytes arrived, and gives up when that happens again and again", async () => {
    const wrong = { code: "wrong-bytes", sentence: "What arrived has another SHA-256.", have: 0 };
    server.on(`PUT /face/inputs/${packed.entry.sha256}`, () => ({ status: 422, json: wrong }));
    await expect(send()).rejects.toMatchObject({ code: "wrong-bytes" });
    expect(server.asked.filter(({ method }) => method === "PUT")).toHaveLength(3);
  });

  it("ends where the pod says no, with what to do", async () => {
    const full = { code: "disk-full", sentence: "The pod's disk is too small." };
    server.on(`PUT /face/inputs/${packed.entry.sha256}`, () => ({ status: 507, json: full }));
    await expect(send()).rejects.toMatchObject({ code: "disk-full", nextStep: /larger disk/ });
  });

  it("makes its pieces smaller where somebody on the way wants that", async () => {
    let refusals = 0;
    const put = `PUT /face/inputs/${packed.entry.sha256}`;
    const large = { code: "too-large", sentence: "Too large." };
    server.on(put, ({ body }) => {
      if (body.length > 600_000) {
        refusals += 1;
        return { status: 413, json: large };
      }
      const found = pod.inputs[packed.entry.sha256];
      if (found) found.data = Buffer.concat([found.data, body]);
      const have = there().length;
      return { json: { have, bytes: data.length, done: have === data.length } };
    });
    await send();
    expect(refusals).toBeGreaterThan(0);
    expect(sha(there())).toBe(packed.entry.sha256);
  });
});

/** The same pod, whose face answers again. */
function revived(server: TestServer, before: TestPod): TestPod {
  const pod = new TestPod(server, "/face");
  pod.token = before.token;
  pod.inputs = before.inputs;
  return pod;
}
