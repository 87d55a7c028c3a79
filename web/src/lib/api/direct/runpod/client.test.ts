// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProblemError } from "../../problem";
import cases from "../golden/requests.json?raw";
import { jsonOf, testServer, type Answered, type TestServer } from "../testing/server";
import { RunPod } from "./client";
import { RunPodError } from "./errors";
import type { PodRequest } from "./request";
import { Ways, type WayOptions } from "./way";
import { Wire, type Patience } from "./wire";

const [golden] = JSON.parse(cases) as { request: PodRequest }[];
if (!golden) throw new Error("there is no golden request");
const request = golden.request;

let api: TestServer;
let site: TestServer;
beforeEach(async () => {
  api = await testServer();
  site = await testServer();
});
afterEach(async () => {
  await Promise.all([api.close(), site.close()]);
});

const hasty: Partial<Patience> = { pause: 1, longest: 2, whole: 60, answer: 2000, create: 2000 };

function client(more: Partial<WayOptions> = {}, key: string | undefined = "rpa_canary") {
  const ways = new Ways({
    address: api.address,
    pass: "",
    ask: () => Promise.resolve(false),
    send: (...words) => fetch(...words),
    ...more,
  });
  return { ways, runpod: new RunPod(new Wire(ways, () => key, hasty), 1) };
}

/** As a browser that doesn't let this page ask the API. */
const withheld: WayOptions["send"] = (url, init) =>
  typeof url === "string" && url.startsWith(api.address)
    ? init?.mode === "no-cors"
      ? Promise.resolve({ type: "opaque", status: 0 } as Response)
      : Promise.reject(new TypeError("Failed to fetch"))
    : fetch(url, init?.mode ? { ...init, mode: "cors" } : init);

async function failed(doing: Promise<unknown>): Promise<RunPodError> {
  const error: unknown = await doing.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof RunPodError) return error;
  throw new Error("it didn't fail as RunPod's errors do", { cause: error });
}

describe("reading", () => {
  it("follows a list over its pages, leaving out pods that are gone", async () => {
    const page = (pods: unknown[], next: string | null): Answered => ({
      json: { pods, pagination: { hasNextPage: next !== null, nextCursor: next } },
    });
    api.on("GET /v2/pods", ({ query }) =>
      query.get("cursor") === "2"
        ? page(
            [
              { id: "b", status: "TERMINATED" },
              { id: "c", cost: "0.5" },
            ],
            null,
          )
        : page([{ id: "a", name: "tuneyard", gpu: { id: "NVIDIA L4" }, disk: 30 }], "2"),
    );
    const pods = await client().runpod.pods();
    expect(pods.map((pod) => [pod.id, pod.dollars_an_hour, pod.gpu_count])).toEqual([
      ["a", 0, 1],
      ["c", 0.5, 0],
    ]);
    expect(api.asked[0]?.headers.authorization).toBe("Bearer rpa_canary");
  });

  it("refuses a list that goes round, and a pod without an id", async () => {
    api.on("GET /v2/pods", () => ({
      json: { pods: [], pagination: { hasNextPage: true, nextCursor: "" } },
    }));
    expect((await failed(client().runpod.pods())).code).toBe("runpod-list");
    api.on("GET /v2/pods", () => ({ json: { pods: [{ name: "no id" }] } }));
    expect((await failed(client().runpod.pods())).kind).toBe("strange");
  });

  it("knows of a pod that it is gone, and not by a page of somebody on the way", async () => {
    expect(await client().runpod.pod("a/b")).toBeNull();
    expect(api.asked[0]?.path).toBe("/v2/pods/a%2Fb");
    const html = { "Content-Type": "text/html" };
    api.on("GET /v2/pods/p", () => ({ status: 404, body: "<html>", headers: html }));
    await expect(client().runpod.pod("p")).rejects.toThrow(RunPodError);
  });

  it("asks again after trouble, and gives up in words", async () => {
    let left = 2;
    api.on("GET /v2/pods", () => (left-- > 0 ? { status: 503 } : { json: { pods: [] } }));
    expect(await client().runpod.pods()).toEqual([]);
    api.on("GET /v2/pods", () => ({ status: 503 }));
    expect(await failed(client().runpod.pods())).toMatchObject({ kind: "trouble", passing: true });
  });

  it("tells the balance, which may lie below nothing, or that nobody says", async () => {
    const myself = { clientBalance: -1.5, currentSpendPerHr: 0.3, spendLimit: 80 };
    api.on("POST /graphql", () => ({ json: { data: { myself } } }));
    const { runpod } = client();
    await runpod.pods().catch(() => undefined);
    expect(await runpod.balance()).toEqual({ dollars: -1.5, dollars_an_hour: 0.3, limit: 80 });
    api.on("POST /graphql", () => ({ status: 403, json: {} }));
    expect(await runpod.balance()).toBeNull();
  });

  it("asks for the stock of so many GPUs on one cloud", async () => {
    api.on("GET /v2/catalog/gpus", () => ({ json: { gpus: [] } }));
    await client().runpod.gpus("community", 2, "12.8");
    expect(Object.fromEntries(api.asked[0]?.query ?? [])).toEqual({
      include: "AVAILABILITY",
      product: "POD",
      count: "2",
      cloud: "COMMUNITY",
      minCudaVersion: "12.8",
    });
  });

  it("reads the newest lines of a pod's log, whose stream never ends", async () => {
    api.on("GET /v2/pods/p/logs", () => (response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write(': hello\n\nid: 1/1\ndata: {"line": "pulling"}\n\ndata: none\n\n');
    });
    expect(await client().runpod.lines("p", "system", 200)).toEqual(["pulling"]);
  });
});

describe("a refusal", () => {
  const capacity = "There are no longer any instances available with the requested specifications.";
  it.each([
    [401, { detail: "missing bearer token" }, "key", "runpod-key"],
    [403, { detail: "access denied" }, "key", "runpod-right"],
    [402, { detail: "insufficient balance" }, "balance", "runpod-balance"],
    [400, { detail: capacity }, "capacity", "runpod-capacity"],
    [422, { detail: "no", errors: ["$.disk: too small"] }, "refused", "runpod-refused"],
    [418, {}, "strange", "runpod-strange"],
  ])("of HTTP %i is told from others", async (status, json, kind, code) => {
    api.on("GET /v2/pods", () => ({ status, json }));
    const { runpod } = client();
    const error = await failed(runpod.pods());
    expect([error.kind, error.code]).toEqual([kind, code]);
    expect(error).toBeInstanceOf(ProblemError);
    expect(error.nextStep).not.toBe("");
  });

  it("of a page in place of data is the gate's", async () => {
    const headers = { "Content-Type": "text/html" };
    api.on("GET /v2/pods", () => ({ status: 403, body: "error code: 1010", headers }));
    expect((await failed(client().runpod.pods())).kind).toBe("gate");
  });

  it("says how long to wait", async () => {
    const headers = { "Retry-After": "7", RateLimit: '"minute";r=0;t=61, "hour";r=9;t=2000' };
    api.on("GET /v2/pods", () => ({ status: 429, json: {}, headers }));
    const error = await failed(client().runpod.pods());
    expect([error.kind, error.seconds]).toEqual(["busy", 61]);
    expect(error.nextStep).toContain("2 minutes");
  });

  it("quotes what RunPod says, but no secret of it", async () => {
    const token = request.env["HF_TOKEN"] ?? "";
    api.on("GET /v2/pods", () => ({ json: { pods: [] } }));
    api.on("POST /v2/pods", () => ({
      status: 422,
      json: { detail: `bad value ${token} of rpa_canary`, errors: ["$.env"] },
    }));
    const { message } = await failed(client().runpod.create(request));
    expect(message).toContain("bad value ****");
    expect(message).not.toContain(token);
    expect(message).not.toContain("canary");
  });

  it("is told before anything is sent where there is no key, or one that can't be sent", async () => {
    const without = client({}, "").runpod;
    expect((await failed(without.pods())).code).toBe("no-runpod-key");
    expect((await failed(client({}, "kéy").runpod.pods())).code).toBe("runpod-key");
    expect(api.asked).toEqual([]);
  });
});

describe("asking for a pod", () => {
  beforeEach(() => {
    api.on("GET /v2/pods", () => ({ json: { pods: [] } }));
  });

  it("sends exactly the request, once, where the way is known", async () => {
    api.on("POST /v2/pods", () => ({ status: 201, json: { id: "p1", cost: 0.4 } }));
    const pod = await client().runpod.create(request);
    expect(pod).toMatchObject({ id: "p1", dollars_an_hour: 0.4 });
    const [, sent] = api.asked;
    expect(sent && jsonOf(sent)).toEqual(request);
    expect(api.asked.map((each) => each.method)).toEqual(["GET", "POST"]);
  });

  it.each([
    ["an answer of 500", { status: 500 }],
    ["an answer of 408", { status: 408, json: {} }],
    ["an answer without an id", { status: 201, json: {} }],
    [
      "a connection that breaks",
      (response: { destroy: () => void }) => {
        response.destroy();
      },
    ],
  ] as [string, Answered][])("is in doubt after %s, and not repeated", async (_, answer) => {
    api.on("POST /v2/pods", () => answer);
    expect((await failed(client().runpod.create(request))).kind).toBe("unsure");
    expect(api.asked.filter((each) => each.method === "POST")).toHaveLength(1);
  });
});

describe("ending a pod", () => {
  it("goes on until it is unknown and absent", async () => {
    let looks = 0;
    const gone = () => ++looks > 2;
    api.on("POST /v2/pods/p1/action", () => ({ status: 204 }));
    api.on("GET /v2/pods/p1", () => (gone() ? { status: 404, json: {} } : { json: { id: "p1" } }));
    api.on("GET /v2/pods", () => ({ json: { pods: [{ id: "other" }] } }));
    await client().runpod.endAndConfirm("p1");
    const actions = api.asked.filter((each) => each.method === "POST");
    expect(actions.length).toBeGreaterThan(1);
    expect(actions[0] && jsonOf(actions[0])).toEqual({ action: "terminate" });
  });

  it("tries the other way where the first is refused, and says it stays where it does", async () => {
    api.on("POST /v2/pods/p1/action", () => ({ status: 409, json: {} }));
    api.on("DELETE /v2/pods/p1", () => ({ status: 204 }));
    api.on("GET /v2/pods/p1", () => ({ json: { id: "p1" } }));
    expect((await failed(client().runpod.endAndConfirm("p1"))).code).toBe("pod-still-there");
    expect(api.asked.some((each) => each.method === "DELETE")).toBe(true);
  });
});

describe("the way of the key", () => {
  const pass = () => `${site.address}/sub/runpod/`;
  const passes = () => {
    site.on("GET /sub/runpod/", () => ({ status: 204 }));
    site.on("GET /sub/runpod/v2/pods", ({ headers }) =>
      headers.authorization ? { json: { pods: [] } } : { status: 401, json: {} },
    );
  };

  it("is direct where that works, and nobody is asked", async () => {
    api.on("GET /v2/pods", () => ({ json: { pods: [] } }));
    const ask = vi.fn(() => Promise.resolve(true));
    const { ways, runpod } = client({ pass: pass(), ask });
    await Promise.all([runpod.pods(), runpod.pods()]);
    expect(ways.way).toBe("direct");
    expect(ask).not.toHaveBeenCalled();
    expect(site.asked).toEqual([]);
  });

  it("goes through the site once that is allowed, after a question without the key", async () => {
    passes();
    const ask = vi.fn(() => {
      const keys = site.asked.map((each) => each.headers.authorization);
      expect(keys).toEqual([undefined, undefined]);
      return Promise.resolve(true);
    });
    const changed = vi.fn();
    const { ways, runpod } = client({ pass: pass(), ask, changed, send: withheld });
    await Promise.all([runpod.pods(), runpod.pods()]);
    await runpod.pods();
    expect(ask).toHaveBeenCalledTimes(1);
    expect(ask).toHaveBeenCalledWith(new URL(site.address).host);
    expect([ways.way, ways.host]).toEqual(["pass", new URL(site.address).host]);
    expect(changed.mock.calls).toEqual([["pass"]]);
    expect(site.asked.filter((each) => each.headers.authorization)).toHaveLength(3);
  });

  it("sends no key where that was not allowed, and asks no second time", async () => {
    passes();
    const ask = vi.fn(() => Promise.resolve(false));
    const { ways, runpod } = client({ pass: pass(), ask, send: withheld });
    expect((await failed(runpod.pods())).kind).toBe("barred");
    expect((await failed(runpod.pods())).kind).toBe("barred");
    expect(ask).toHaveBeenCalledTimes(1);
    expect(site.asked.every((each) => !each.headers.authorization)).toBe(true);
    ways.choose("pass"); // by hand, later
    expect(await runpod.pods()).toEqual([]);
  });

  it("is nobody's fault but the network's where the site doesn't answer either", async () => {
    const ask = vi.fn(() => Promise.resolve(true));
    passes();
    site.on("GET /sub/runpod/v2/pods", () => ({ status: 502 }));
    const { runpod } = client({ pass: pass(), ask, send: withheld });
    expect((await failed(runpod.pods())).kind).toBe("offline");
    expect(ask).not.toHaveBeenCalled();
  });

  it("isn't the site's where that has none, whatever else it answers there", async () => {
    site.on("GET /sub/runpod/", () => ({ body: "<html>" }));
    const ask = vi.fn(() => Promise.resolve(true));
    expect((await failed(client({ pass: pass(), ask, send: withheld }).runpod.pods())).kind).toBe(
      "barred",
    );
    expect(ask).not.toHaveBeenCalled();
  });

  it("tells a page that may not ask from a dead network, where the site has no way", async () => {
    expect((await failed(client({ send: withheld }).runpod.pods())).kind).toBe("barred");
    const dead: WayOptions["send"] = () => Promise.reject(new TypeError("Failed to fetch"));
    expect((await failed(client({ send: dead }).runpod.pods())).kind).toBe("offline");
  });

  it("is not looked for again and again where the computer has no network", async () => {
    const dead = vi.fn<WayOptions["send"]>(() => Promise.reject(new TypeError("Failed to fetch")));
    const { runpod, ways } = client({ send: dead });
    ways.choose("direct");
    vi.stubGlobal("navigator", { onLine: false });
    expect((await failed(runpod.pods())).kind).toBe("offline");
    expect(dead).toHaveBeenCalledTimes(1);
    vi.unstubAllGlobals();
  });

  it("keeps nothing and tells nobody where it comes from", async () => {
    const send = vi.fn<WayOptions["send"]>(() => Promise.resolve(Response.json({ pods: [] })));
    await client({ send }).runpod.pods();
    expect(send.mock.calls[0]?.[1]).toMatchObject({
      credentials: "omit",
      referrerPolicy: "no-referrer",
      cache: "no-store",
    });
  });
});
