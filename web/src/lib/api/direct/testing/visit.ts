import { vi } from "vitest";
import * as keys from "../common/keys";
import { directControl } from "../control/control";
import type { DirectControl } from "../control/later";
import { SiteFiles } from "../site/site";
import { Jobs, type VisitOptions } from "../visit/jobs";
import { TestRunPod } from "./runpod";
import { testServer, type TestServer } from "./server";
import { siteForTests } from "./site";

export interface TestVisit {
  server: TestServer;
  runpod: TestRunPod;
  jobs: Jobs;
  control: DirectControl;
  /** The same page again, with nothing in its memory but the key that is typed anew. */
  reload(): Promise<{ jobs: Jobs; control: DirectControl }>;
  close(): Promise<void>;
}

vi.setConfig({ testTimeout: 30_000 }); // a busy computer may take its time

export const ORIGIN = "https://train.example";

/** Short, but for what would end a job on a busy computer. */
export const WAITS = {
  poll: 5,
  look: 5,
  settle: 40,
  capacity: 600_000,
  start: 600_000,
  silence: 20,
  end: 40,
  large: 50,
  held: 2000,
  around: 60_000,
};

/** A visit with a RunPod of the test's own, whose pods have faces. */
export async function testVisit(more: Partial<VisitOptions> = {}): Promise<TestVisit> {
  const server = await testServer();
  const site = siteForTests({
    runpod: server.address,
    proxy: `${server.address}/face/{pod}`,
    hub: `${server.address}/hub`,
    pass: "",
  });
  server.on("GET /site/site.json", () => ({ json: site }));
  server.on("GET /site/programs/*", () => ({ body: "program\n" }));
  // A Hub that is away hinders nobody: a test with one that answers says what.
  for (const method of ["GET", "POST"]) server.on(`${method} /hub/*`, () => ({ status: 503 }));
  const runpod = new TestRunPod(server);
  const open: Jobs[] = [];
  const begin = async () => {
    const send: typeof fetch = (...words) => fetch(...words);
    const files = new SiteFiles(send, `${server.address}/site/index.html`);
    const patience = { pause: 1, longest: 5, whole: 100, answer: 2000, create: 2000 };
    const options = {
      files,
      send,
      ask: () => Promise.resolve(false),
      origin: ORIGIN,
      waits: WAITS,
    };
    const jobs = new Jobs(await files.site(), { ...options, patience, ...more });
    open.push(jobs);
    return { jobs, control: directControl(() => Promise.resolve(jobs), send) };
  };
  keys.forgetAll();
  keys.keep("RUNPOD_API_KEY", runpod.key);
  return {
    server,
    runpod,
    ...(await begin()),
    reload: begin,
    close: async () => {
      for (const jobs of open) jobs.forget();
      keys.forgetAll();
      await server.close();
    },
  };
}

/** Waits until something is so; the last it was is told where that takes too long. */
export async function until<T>(look: () => T | Promise<T>, is: (now: T) => boolean): Promise<T> {
  return vi.waitFor(
    async () => {
      const now = await look();
      if (!is(now)) throw new Error(`it is still ${JSON.stringify(now)}`);
      return now;
    },
    { timeout: 15_000, interval: 5 },
  );
}
