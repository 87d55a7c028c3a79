import type { Component } from "svelte";
import type { Route } from "$lib/router.svelte";

type Load = () => Promise<{ default: Component }>;

const unknown = () => import("./Unknown.svelte");

/** The code of each page, fetched when the page is needed. */
const loads: Readonly<Record<Route["page"], Load>> = {
  jobs: () => import("$pages/jobs/Jobs.svelte"),
  new: () => import("$pages/new/NewJob.svelte"),
  job: () => import("$pages/job/Job.svelte"),
  settings: () => import("$pages/settings/Settings.svelte"),
  // Without a server there is nobody who could look at this computer.
  computer:
    import.meta.env.MODE === "site" ? unknown : () => import("$pages/computer/Computer.svelte"),
  pods: () => import("$pages/pods/PodsPage.svelte"),
  unknown,
};

/** Fetches all of it: where no server of ours stands behind the page, the network may go any time. */
export function fetchAll(): void {
  const broken = () => import("./Broken.svelte");
  const { jobs, new: begin, job, settings, pods } = loads;
  for (const load of [jobs, begin, job, settings, pods, unknown, broken])
    load().catch(() => undefined);
}

/** The code of what stands before the page until one is in. */
export const loadDoor: Load =
  import.meta.env.MODE === "site"
    ? () => import("$pages/visit/VisitPage.svelte")
    : () => import("$pages/session/SignIn.svelte");

/** The code of what the settings say of a visit; null where one signs in. */
export const loadSession: Load | null =
  import.meta.env.MODE === "site" ? () => import("$pages/visit/Session.svelte") : null;

export function loadOf(route: Route): Load {
  return loads[route.page];
}

/** One instance of a page a key: another job is another page, another tab of it is not. */
export function keyOf(route: Route): string {
  if (route.page === "job") return `job ${route.id}`;
  return route.page === "new" ? `new ${route.from ?? ""}` : route.page;
}
