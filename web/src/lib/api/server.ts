import createClient from "openapi-fetch";
import type { Control, LogPart } from "./control";
import { ProblemError, UnreachableError, isProblem } from "./problem";
import type { paths } from "./schema";
import { upload } from "./upload";

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

type Fetch = typeof fetch;

/** Talks to Tuneyard's own server, at the address that the page came from. */
export function serverControl(send: Fetch = (...words) => fetch(...words)): Control {
  const api = createClient<paths>({
    baseUrl: globalThis.location.origin,
    fetch: (request) => reached(() => send(request)),
    headers: { Accept: "application/json" },
  });

  const job = (id: string) => ({ path: { job_id: id } });
  const under = (id: string) => `/api/jobs/${encodeURIComponent(id)}`;
  const inside = (id: string, path: string) =>
    `${under(id)}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
  const get = async (address: string, signal?: AbortSignal) =>
    good(await reached(() => send(address, { signal: signal ?? null })));
  const text = async (address: string, signal?: AbortSignal) => (await get(address, signal)).text();

  return {
    can: {
      local: true,
      upload: true,
      keepSecrets: true,
      profiles: true,
      push: true,
      links: true,
      collect: false,
    },

    jobs: ({ state, ...wanted } = {}, signal) =>
      answer(
        api.GET("/api/jobs", {
          params: { query: state ? { ...wanted, state: [...state] } : wanted },
          signal,
        }),
      ),
    job: (id, signal) => answer(api.GET("/api/jobs/{job_id}", { params: job(id), signal })),
    create: (draft, how = {}) =>
      answer(api.POST("/api/jobs", { body: { job: draft, profile: "", ...how } })),
    check: (draft, how = {}, signal) =>
      answer(
        api.POST("/api/jobs/check", {
          body: { job: draft, data: how.data ?? false, profile: how.profile ?? "" },
          signal,
        }),
      ),
    plan: (draft, how = {}, signal) =>
      answer(
        api.POST("/api/jobs/plan", { body: { job: draft, profile: how.profile ?? "" }, signal }),
      ),
    read: (source) => answer(api.POST("/api/jobs/read", { body: { text: source } })),
    demo: (recipe) => answer(api.POST("/api/jobs/demo", { params: { query: { recipe } } })),
    remove: (id) => done(api.DELETE("/api/jobs/{job_id}", { params: job(id) })),
    start: (id) => answer(api.POST("/api/jobs/{job_id}/start", { params: job(id) })),
    save: (id) => answer(api.POST("/api/jobs/{job_id}/save", { params: job(id) })),
    stop: (id, how) =>
      answer(api.POST("/api/jobs/{job_id}/stop", { params: job(id), body: { how } })),
    resume: (id, how = {}) =>
      answer(
        api.POST("/api/jobs/{job_id}/resume", {
          params: job(id),
          body: { overrides: how.overrides ?? {}, profile: how.profile ?? null },
        }),
      ),
    push: (id, repository = "") =>
      answer(api.POST("/api/jobs/{job_id}/push", { params: job(id), body: { repository } })),
    copy: (id, signal) => answer(api.GET("/api/jobs/{job_id}/copy", { params: job(id), signal })),
    jobFile: (id, signal) => text(`${under(id)}/file`, signal),

    log: async (id, offset, limit, signal) =>
      part(await get(`${under(id)}/log?offset=${offset}&limit=${limit}`, signal)),
    series: (id, { names, ...wanted } = {}, signal) =>
      answer(
        api.GET("/api/jobs/{job_id}/series", {
          params: {
            ...job(id),
            query: names ? { ...wanted, names: [...names] } : wanted,
          },
          signal,
        }),
      ),
    events: (id, signal) =>
      answer(api.GET("/api/jobs/{job_id}/events", { params: job(id), signal })),
    files: (id, signal) => answer(api.GET("/api/jobs/{job_id}/files", { params: job(id), signal })),
    samples: (id, signal) =>
      answer(api.GET("/api/jobs/{job_id}/samples", { params: job(id), signal })),
    fileText: (id, path, signal) => text(inside(id, path), signal),

    metricsText: (id) => text(`${under(id)}/metrics.csv`),
    open: (id, path) => Promise.resolve({ address: inside(id, path), release: () => undefined }),
    fileAddress: inside,
    zipAddress: (id, wanted) =>
      `${under(id)}/zip?${wanted.map((path) => `path=${encodeURIComponent(path)}`).join("&")}`,
    logAddress: (id) => `${under(id)}/log?download=true`,
    metricsAddress: (id) => `${under(id)}/metrics.csv`,
    jobFileAddress: (id) => `${under(id)}/file`,

    queue: (signal) => answer(api.GET("/api/queue", { signal })),
    reorder: (order) => answer(api.PUT("/api/queue", { body: { order: [...order] } })),

    recipes: (signal) => answer(api.GET("/api/recipes", { signal })),
    recipe: (name, signal) =>
      answer(api.GET("/api/recipes/{name}", { params: { path: { name } }, signal })),
    choices: (name, setting, find, signal) =>
      answer(
        api.GET("/api/recipes/{name}/choices/{setting}", {
          params: { path: { name, setting }, query: { find } },
          signal,
        }),
      ),
    computes: (signal) => answer(api.GET("/api/computes", { signal })),
    offers: (draft, how = {}, signal) =>
      answer(
        api.POST("/api/computes/{name}/offers", {
          params: { path: { name: draft.compute.name } },
          body: { job: draft, profile: how.profile ?? "" },
          signal,
        }),
      ),

    pods: (signal) => answer(api.GET("/api/pods", { signal })),
    endPod: (id) => done(api.POST("/api/pods/{pod}/end", { params: { path: { pod: id } } })),
    sweepPods: async (yes) => (await answer(api.POST("/api/pods/sweep", { body: { yes } }))).pods,

    system: (signal) => answer(api.GET("/api/system", { signal })),
    disk: (signal) => answer(api.GET("/api/disk", { signal })),
    clean: (items) => answer(api.POST("/api/disk/clean", { body: { items: [...items] } })),
    places: (path, signal) =>
      answer(api.GET("/api/places", { params: { query: { path } }, signal })),

    upload: (files, onprogress, signal) =>
      upload(
        {
          begin: (count, size) =>
            answer(api.POST("/api/uploads", { body: { files: count, bytes: size } })),
          put: async (id, path, body) => {
            const address = `/api/uploads/${id}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
            const options = { method: "PUT", body, signal: signal ?? null };
            await good(await reached(() => send(address, options)));
          },
          end: (id) =>
            answer(api.POST("/api/uploads/{upload}/done", { params: { path: { upload: id } } })),
          remove: (id) =>
            done(api.DELETE("/api/uploads/{upload}", { params: { path: { upload: id } } })),
        },
        files,
        onprogress,
        signal,
      ),
    removeUpload: (id) =>
      done(api.DELETE("/api/uploads/{upload}", { params: { path: { upload: id } } })),

    secrets: (profile = "", signal) =>
      answer(api.GET("/api/secrets", { params: { query: { profile } }, signal })),
    keepSecret: (name, value, keep, profile = "") =>
      done(
        api.PUT("/api/secrets/{name}", {
          params: { path: { name } },
          body: { value, keep, profile },
        }),
      ),
    removeSecret: (name, profile = "") =>
      done(api.DELETE("/api/secrets/{name}", { params: { path: { name }, query: { profile } } })),
    testSecret: (name, { value, repository = "", profile = "" } = {}, signal) =>
      answer(
        api.POST("/api/secrets/{name}/test", {
          params: { path: { name } },
          body: { value: value ?? null, repository, profile },
          signal,
        }),
      ),

    profiles: (signal) => answer(api.GET("/api/profiles", { signal })),
    keepProfile: (name, { title, defaults }) =>
      answer(
        api.PUT("/api/profiles/{name}", {
          params: { path: { name } },
          body: { title: title ?? "", defaults: defaults ?? {} },
        }),
      ),
    removeProfile: (name) =>
      done(api.DELETE("/api/profiles/{name}", { params: { path: { name } } })),
  };
}

async function reached(send: () => Promise<Response>): Promise<Response> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new UnreachableError("The server could not be reached", { cause: error });
  }
}

async function answer<T>(call: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw refusal(error, response);
  return data as T; // what the OpenAPI promises of a good answer
}

async function done(call: Promise<Answered<unknown>>): Promise<void> {
  await answer(call);
}

async function good(response: Response): Promise<Response> {
  if (response.ok) return response;
  throw refusal(await response.json().catch(() => null), response);
}

/** Listens to answers that say that this page is signed out. */
export const refusals = new EventTarget();

function refusal(error: unknown, response: Response): ProblemError {
  if (response.status === 401) refusals.dispatchEvent(new Event("signed-out"));
  if (isProblem(error)) return new ProblemError(error);
  const status = `${response.status} ${response.statusText}`.trim();
  return new ProblemError({
    type: "about:blank",
    title: status,
    status: response.status,
    detail: `The server answered ${status}.`,
    code: "http",
    field: "",
    next_step: "",
    problems: [],
  });
}

async function part(response: Response): Promise<LogPart> {
  const header = (name: string) => Number(response.headers.get(name) ?? 0);
  return {
    bytes: new Uint8Array(await response.arrayBuffer()),
    start: header("Tuneyard-Start"),
    next: header("Tuneyard-Next"),
    size: header("Tuneyard-Size"),
    reset: response.headers.get("Tuneyard-Reset") === "true",
  };
}
