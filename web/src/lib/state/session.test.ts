import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { refusals } from "$lib/api/server";
import { Session } from "./session.svelte";

const problem = (status: number) =>
  Response.json({ status, detail: "That is not the password.", problems: [] }, { status });

let signedIn: boolean;
let sent: { method: string; body: unknown }[];
let refuse: boolean;
let away: boolean;

beforeEach(() => {
  [signedIn, sent, refuse, away] = [false, [], false, false];
  history.replaceState(null, "", "/jobs?text=a");
  vi.stubGlobal("fetch", (_: string, { method, body }: { method: string; body?: string }) => {
    if (away) return Promise.reject(new TypeError("Failed to fetch"));
    sent.push({ method, body: body ? (JSON.parse(body) as unknown) : null });
    if (method === "GET")
      return Promise.resolve(
        Response.json({ signed_in: signedIn, password: true, practice: true }),
      );
    if (refuse) return Promise.resolve(problem(401));
    signedIn = method === "POST";
    return Promise.resolve(new Response(null, { status: 204 }));
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("the session", () => {
  it("opens by the link's token, which leaves the address at once", async () => {
    history.replaceState(null, "", "/jobs?text=a#open=secret");
    const session = new Session();
    const opening = session.open();
    expect(location.href).not.toContain("secret");
    expect(location.search).toBe("?text=a");
    await opening;
    expect(session.standing).toBe("in");
    expect(sent.map(({ body }) => body)).toEqual([{ token: "secret" }, null]);
  });

  it("goes on by its cookie", async () => {
    signedIn = true;
    const session = new Session();
    await session.open();
    expect([session.standing, sent.length]).toEqual(["in", 1]);
  });

  it("says when the link is an old one", async () => {
    refuse = true;
    history.replaceState(null, "", "/#open=old");
    const session = new Session();
    await session.open();
    expect([session.standing, session.wrongLink]).toEqual(["out", true]);
  });

  it("takes a password, or throws what the server says", async () => {
    const session = new Session();
    await session.open();
    expect([session.standing, session.password]).toEqual(["out", true]);
    refuse = true;
    await expect(session.signIn("wrong")).rejects.toThrow("That is not the password.");
    refuse = false;
    await session.signIn("right");
    expect(session.standing).toBe("in");
    await session.signOut();
    expect(session.standing).toBe("out");
  });

  it("is out as soon as any answer says so", async () => {
    signedIn = true;
    const session = new Session();
    await session.open();
    signedIn = false;
    refusals.dispatchEvent(new Event("signed-out"));
    await vi.waitFor(() => {
      expect(session.standing).toBe("out");
    });
  });

  it("stays in while the server is away, and is unreachable if it never was in", async () => {
    signedIn = true;
    const session = new Session();
    await session.open();
    away = true;
    expect(await session.look()).toBe(true);
    expect(session.standing).toBe("in");
    const other = new Session();
    await other.open();
    expect(other.standing).toBe("unreachable");
  });
});
