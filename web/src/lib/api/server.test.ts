import { describe, expect, it, vi } from "vitest";
import type { Control } from "./control";
import { ProblemError, UnreachableError } from "./problem";
import { refusals, serverControl } from "./server";

interface Sent {
  method: string;
  path: string;
  body: unknown;
}

/** A control whose server answers as told, and what it was sent. */
function control(answer: () => Response | Promise<Response>): { api: Control; sent: Sent[] } {
  const sent: Sent[] = [];
  const api = serverControl(async (what, options) => {
    const request = new Request(
      new URL(what instanceof Request ? what.url : what, location.href),
      what instanceof Request ? what : options,
    );
    const text = await request.text();
    const url = new URL(request.url);
    const body: unknown = text ? JSON.parse(text) : null;
    sent.push({ method: request.method, path: url.pathname + url.search, body });
    return answer();
  });
  return { api, sent };
}

const json =
  (body: unknown, status = 200) =>
  () =>
    Response.json(body, { status });
const nothing = () => new Response(null, { status: 204 });

describe("a call", () => {
  it("asks for part of the list, with any of some states", async () => {
    const { api, sent } = control(json({ jobs: [], total: 0, counts: {} }));
    await api.jobs({ state: ["queued", "training"], text: "a b", limit: 10 });
    expect(sent).toEqual([
      {
        method: "GET",
        path: "/api/jobs?text=a%20b&limit=10&state=queued&state=training",
        body: null,
      },
    ]);
  });

  it("names a job whatever its letters are", async () => {
    const { api, sent } = control(json({}));
    await api.stop("a/b ü", "save");
    expect(sent[0]).toEqual({
      method: "POST",
      path: "/api/jobs/a%2Fb%20%C3%BC/stop",
      body: { how: "save" },
    });
  });

  it("asks for a checkpoint", async () => {
    const { api, sent } = control(json({}));
    await api.save("a");
    expect(sent[0]).toMatchObject({ method: "POST", path: "/api/jobs/a/save" });
  });

  it("starts a job in a profile", async () => {
    const { api, sent } = control(json({}));
    const job = {
      format: 1 as const,
      recipe: "piper",
      name: "x",
      settings: {},
      compute: { name: "local" },
      results: {},
    };
    await api.create(job, { profile: "work" });
    expect(sent[0]?.body).toEqual({ job, profile: "work" });
  });

  it("gives nothing where nothing is answered", async () => {
    const { api } = control(nothing);
    await expect(api.remove("x")).resolves.toBeUndefined();
  });

  it("reads a part of a log with where it lies", async () => {
    const headers = {
      "Tuneyard-Start": "100",
      "Tuneyard-Next": "103",
      "Tuneyard-Size": "900",
      "Tuneyard-Reset": "false",
    };
    const { api, sent } = control(() => new Response("abc", { headers }));
    const part = await api.log("x", -800, 3);
    expect(sent[0]?.path).toBe("/api/jobs/x/log?offset=-800&limit=3");
    expect(new TextDecoder().decode(part.bytes)).toBe("abc");
    expect(part).toMatchObject({ start: 100, next: 103, size: 900, reset: false });
  });
});

describe("addresses", () => {
  const { api } = control(nothing);

  it("keep the folders of a file's path", () => {
    expect(api.fileAddress("x", "outputs/a b/#1.wav")).toBe(
      "/api/jobs/x/files/outputs/a%20b/%231.wav",
    );
    expect(api.zipAddress("x", ["outputs", "a&b"])).toBe("/api/jobs/x/zip?path=outputs&path=a%26b");
    expect(api.logAddress("x")).toBe("/api/jobs/x/log?download=true");
  });
});

describe("what goes wrong", () => {
  const details = {
    type: "about:blank",
    title: "Conflict",
    status: 409,
    detail: "The job is still running.",
    code: "running",
    field: "",
    next_step: "Stop it first.",
    problems: [],
  };

  it("comes in the server's own words", async () => {
    const { api } = control(json(details, 409));
    const error = await api.remove("x").catch((problem: unknown) => problem);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error).toMatchObject({
      message: "The job is still running.",
      nextStep: "Stop it first.",
      code: "running",
      status: 409,
    });
  });

  it("is said even of an answer that is none of the server's", async () => {
    const { api } = control(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await expect(api.disk()).rejects.toThrow("The server answered 502");
    await expect(api.jobFile("x")).rejects.toThrow("The server answered 502");
  });

  it("is nobody's answer where there is no server", async () => {
    const { api } = control(() => Promise.reject(new TypeError("Failed to fetch")));
    await expect(api.disk()).rejects.toBeInstanceOf(UnreachableError);
  });

  it("is told when this page is signed out", async () => {
    const heard = vi.fn();
    refusals.addEventListener("signed-out", heard, { once: true });
    const { api } = control(json({ ...details, status: 401, detail: "You are signed out." }, 401));
    await expect(api.disk()).rejects.toThrow("You are signed out.");
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it("is no error where the page itself ended the question", async () => {
    const { api } = control(() => Promise.reject(new DOMException("ended", "AbortError")));
    await expect(api.disk(AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
  });
});
