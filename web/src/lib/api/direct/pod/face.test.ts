// @vitest-environment node
import type { ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { testServer, type TestServer } from "../testing/server";
import { Face, FaceAway } from "./face";

let server: TestServer;
beforeEach(async () => {
  server = await testServer();
});
afterEach(() => server.close());

const face = (silence: number) =>
  new Face(`${server.address}/face`, "token", (...words) => fetch(...words), silence);

/** Sends its pieces one by one, each when it is asked for; then it ends, or goes on in silence. */
function dripping(pieces: readonly string[], ends: boolean): Promise<ServerResponse> {
  return new Promise((resolve) => {
    server.on("GET /face/files/*", () => (response) => {
      response.writeHead(200, { "Content-Type": "audio/wav" });
      for (const piece of pieces) response.write(piece);
      if (ends) response.end();
      resolve(response);
    });
  });
}

describe("a file of a pod", () => {
  it("comes whole, as what it is", async () => {
    void dripping(["RI", "FF"], true);
    const file = await face(20_000).file("samples/1.wav");
    expect([file.type, await file.text()]).toEqual(["audio/wav", "RIFF"]);
  });

  it("is given up where nothing more of it comes", async () => {
    void dripping(["RI"], false);
    await expect(face(50).file("samples/1.wav")).rejects.toThrow(FaceAway);
  });

  it("is given up where nothing comes at all", async () => {
    server.on("GET /face/files/*", () => () => undefined);
    await expect(face(50).file("samples/1.wav")).rejects.toThrow(FaceAway);
  });

  it("is left where its asker goes", async () => {
    const begun = dripping(["RI"], false);
    const leaving = new AbortController();
    const file = face(20_000).file("samples/1.wav", leaving.signal);
    await begun;
    leaving.abort();
    await expect(file).rejects.toMatchObject({ name: "AbortError" });
  });
});
