import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeSocket } from "$lib/api/fakeSocket";
import { Connection, listening } from "./connection.svelte";
import { session } from "./session.svelte";

let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  vi.spyOn(session, "look").mockResolvedValue(true);
  FakeSocket.made.length = 0;
  connection = new Connection((changed) =>
    listening(() => new FakeSocket() as unknown as WebSocket, changed),
  );
  connection.live.start();
});

afterEach(() => {
  connection.live.stop();
  vi.useRealTimers();
});

async function breakAndReturn(server: string): Promise<void> {
  FakeSocket.last().close();
  await vi.advanceTimersByTimeAsync(250);
  FakeSocket.last().open(server);
}

describe("the connection", () => {
  it("is not broken while the first one is made", () => {
    expect([connection.state, connection.broken]).toEqual(["connecting", false]);
  });

  it("is broken from when it is lost until it is back", async () => {
    FakeSocket.last().open();
    expect([connection.broken, connection.times]).toEqual([false, 1]);
    FakeSocket.last().close();
    await vi.advanceTimersByTimeAsync(0);
    expect(connection.broken).toBe(true);
    expect(connection.retryAt).toBeGreaterThan(0);
    await vi.advanceTimersByTimeAsync(250);
    expect([connection.state, connection.broken]).toEqual(["connecting", true]);
    FakeSocket.last().open();
    expect([connection.broken, connection.times, connection.retryAt]).toEqual([false, 2, 0]);
  });

  it("knows whether the server is another one", async () => {
    FakeSocket.last().open("one");
    await breakAndReturn("one");
    expect(connection.restarted).toBe(false);
    await breakAndReturn("two");
    expect(connection.restarted).toBe(true);
  });

  it("says for how long nothing was heard, once that is odd", async () => {
    FakeSocket.last().open();
    await vi.advanceTimersByTimeAsync(8000);
    expect(connection.silentFor).toBeNull();
    await vi.advanceTimersByTimeAsync(4000);
    expect(connection.silentFor).toBe(12);
    FakeSocket.last().say({ channel: "beat" });
    expect(connection.silentFor).toBeNull();
  });
});
