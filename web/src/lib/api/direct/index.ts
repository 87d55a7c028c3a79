import * as keys from "./common/keys";
import { KEY } from "./common/names";
import { later, type DirectControl } from "./control/later";
import type { Way, Ways } from "./runpod/way";
import { SiteFiles, type Fetch } from "./site/site";
import type { Jobs } from "./visit/jobs";
import { DirectLive, type Listening } from "./visit/live";

export type { DirectControl } from "./control/later";
export type { Listening } from "./visit/live";

/** The adapter of a page without a server: one visit, as long as the page is open. */

type Ask = (host: string) => Promise<boolean>;

const send: Fetch = (...words) => fetch(...words);

let asking: Ask = () => Promise.resolve(false);
const wayListeners = new Set<(way: Way | null) => void>();
let jobs: Promise<Jobs> | null = null;

/** What the site wrote down beside the page. */
export const siteFiles = /* @__PURE__ */ new SiteFiles(send);

/** Sets who is asked whether a key may travel through the site's own host. */
export function onAsk(ask: Ask): void {
  asking = ask;
}

/** Calls with each change of how keys travel, until the answer is called. */
export function watchWay(listener: (way: Way | null) => void): () => void {
  wayListeners.add(listener);
  return () => {
    wayListeners.delete(listener);
  };
}

/** Calls with whether RunPod refuses the key that is held, now and later, until the answer is called. */
export function watchKey(listener: (refused: boolean) => void): () => void {
  const tell = () => {
    listener(keys.isRefused(KEY));
  };
  tell();
  return keys.watch(tell);
}

/** How keys travel, and the choice of it. */
export async function ways(): Promise<Ways> {
  return (await theJobs()).ways;
}

export function directControl(): DirectControl {
  let made: DirectControl | null = null;
  return later(async () => {
    const control = await import("./control/control"); // most of the page, which its first screen needs not
    return (made ??= control.directControl(theJobs, send));
  });
}

export function directLive(changed?: (live: Listening) => void): Listening {
  return new DirectLive(theJobs, changed);
}

function theJobs(): Promise<Jobs> {
  jobs ??= made().catch((error: unknown) => {
    jobs = null; // the next who asks may get it
    throw error;
  });
  return jobs;
}

async function made(): Promise<Jobs> {
  const [site, { Jobs }] = await Promise.all([siteFiles.site(), import("./visit/jobs")]);
  return new Jobs(site, {
    files: siteFiles,
    send,
    ask: (host) => asking(host),
    way: (way) => {
      for (const listener of [...wayListeners]) listener(way);
    },
  });
}
