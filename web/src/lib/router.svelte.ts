import { tick } from "svelte";
import { addresses, type Addresses } from "./addresses";

export const tabs = ["log", "charts", "samples", "files", "settings"] as const;
export type Tab = (typeof tabs)[number];

/** Every view of the page. */
export type Route =
  | { page: "jobs" }
  | { page: "new"; from: string | null }
  | { page: "job"; id: string; tab: Tab | null }
  | { page: "settings" }
  | { page: "computer" }
  | { page: "pods" }
  | { page: "unknown" };

/** The address of a route. Links are `<a href={to.job(id)}>`. */
export const to = links(addresses);

export function links(how: Addresses) {
  const write = (address: string) => how.write(address);
  return {
    jobs: (): string => write("/jobs"),
    new: (from?: string): string =>
      write(from === undefined ? "/new" : `/new?from=${encodeURIComponent(from)}`),
    job: (id: string, tab?: Tab | null): string =>
      write(`/jobs/${encodeURIComponent(id)}${tab ? `/${tab}` : ""}`),
    settings: (): string => write("/settings"),
    computer: (): string => write("/computer"),
    pods: (): string => write("/pods"),
  };
}

export function parse(url: URL): Route {
  const [first, second, third, ...more] = url.pathname.split("/").filter(Boolean).map(decoded);
  if (first === undefined) return { page: "jobs" };
  if (second === undefined) {
    if (first === "new") return { page: "new", from: url.searchParams.get("from") };
    if (first === "jobs" || first === "settings" || first === "computer" || first === "pods")
      return { page: first };
  } else if (first === "jobs" && more.length === 0) {
    if (third === undefined) return { page: "job", id: second, tab: null };
    const tab = tabs.find((name) => name === third);
    if (tab) return { page: "job", id: second, tab };
  }
  return { page: "unknown" };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a stray % in an address that somebody typed
  }
}

/** What keeps somebody from leaving a page: answers whether to go. */
type Guard = () => boolean | Promise<boolean>;

/**
 * The address as state, over the History API. Plain links work: `listen` catches the clicks.
 * The scroll position of each entry is kept, and a new page begins at its top with its heading
 * focused, as a page load would.
 */
export class Router {
  readonly #addresses: Addresses;
  /** Of the view: what the bar shows is the addresses' matter. */
  #url = $state.raw(new URL(location.href));
  route = $derived<Route>(parse(this.#url));
  /** What stands behind the `?`. */
  query = $derived(this.#url.searchParams);

  readonly #scrolls = new Map<number, number>();
  #entry = 0;
  #guard: Guard | null = null;

  constructor(how: Addresses = addresses) {
    this.#addresses = how;
    this.#url = this.#shown();
  }

  get url(): URL {
    return this.#url;
  }

  /** Follows clicks on links and the back button, until the answer is called. */
  listen(): () => void {
    history.scrollRestoration = "manual";
    this.#entry = entryOf(history.state) ?? 0;
    history.replaceState({ entry: this.#entry }, "", location.href);
    this.#url = this.#shown(); // a token may have been taken out of it meanwhile
    if (this.#url.pathname === "/") this.replace(this.#addresses.write("/jobs"));
    const click = (event: MouseEvent) => {
      this.#clicked(event);
    };
    const pop = (event: PopStateEvent) => {
      void this.#popped(event);
    };
    document.addEventListener("click", click);
    window.addEventListener("popstate", pop);
    return () => {
      document.removeEventListener("click", click);
      window.removeEventListener("popstate", pop);
    };
  }

  /** Goes to an address of the page. */
  async go(address: string): Promise<void> {
    const url = this.#resolved(address);
    if (url.href === this.#url.href) {
      if (url.hash) focusOn(url.hash.slice(1));
      return;
    }
    if (!(await this.#mayLeave(url))) return;
    this.#remember();
    this.#entry += 1;
    history.pushState({ entry: this.#entry }, "", this.#written(url));
    await this.#show(url, 0);
  }

  /** Changes the address in place: for what is no step of its own, such as a filter. */
  replace(address: string): void {
    this.#replace(this.#resolved(address));
  }

  /** Sets parts of the query in place; an empty one goes. */
  setQuery(parts: Readonly<Record<string, string | null>>): void {
    const url = new URL(this.#url);
    for (const [name, value] of Object.entries(parts)) {
      if (value) url.searchParams.set(name, value);
      else url.searchParams.delete(name);
    }
    this.#replace(url);
  }

  /** Asks before the page is left, until the answer is called. */
  guard(ask: Guard): () => void {
    this.#guard = ask;
    return () => {
      if (this.#guard === ask) this.#guard = null;
    };
  }

  async #mayLeave(url: URL): Promise<boolean> {
    if (!this.#guard || url.pathname === this.#url.pathname) return true;
    if (!(await this.#guard())) return false;
    this.#guard = null;
    return true;
  }

  #clicked(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.target || link.hasAttribute("download")) return;
    const address = this.#addresses.own(new URL(link.href));
    if (address === null) return;
    event.preventDefault();
    void this.go(address);
  }

  async #popped(event: PopStateEvent): Promise<void> {
    const url = this.#shown();
    const entry = entryOf(event.state) ?? 0;
    const moved = entry - this.#entry;
    if (this.#guard && url.pathname !== this.#url.pathname) {
      // The browser has moved already; it is moved back for as long as the question stands.
      history.go(-moved);
      await new Promise((done) => {
        window.addEventListener("popstate", done, { once: true });
      });
      if (!(await this.#mayLeave(url))) return;
      history.go(moved);
      return;
    }
    this.#remember();
    this.#entry = entry;
    await this.#show(url, this.#scrolls.get(entry) ?? 0);
  }

  #shown(): URL {
    return this.#addresses.read(new URL(location.href));
  }

  /** The view that an address leads to, which may say only what differs from this one. */
  #resolved(address: string): URL {
    if (!address.startsWith("#/")) return new URL(address, this.#url);
    return this.#addresses.read(new URL(address, location.href));
  }

  #written(url: URL): string {
    return this.#addresses.write(url.pathname + url.search + url.hash);
  }

  #replace(url: URL): void {
    history.replaceState({ entry: this.#entry }, "", this.#written(url));
    this.#url = url;
  }

  #remember(): void {
    this.#scrolls.set(this.#entry, window.scrollY);
  }

  async #show(url: URL, scroll: number): Promise<void> {
    const same = viewOf(parse(this.#url)) === viewOf(parse(url));
    this.#url = url;
    await tick();
    if (url.hash) focusOn(url.hash.slice(1));
    else if (!same) {
      window.scrollTo(0, scroll);
      document.getElementById("content")?.focus({ preventScroll: true });
    }
  }
}

/** Tabs of a job are one view: changing them neither scrolls nor takes the focus. */
function viewOf(route: Route): string {
  return route.page === "job" ? `job ${route.id}` : route.page;
}

function entryOf(state: unknown): number | undefined {
  if (typeof state !== "object" || state === null || !("entry" in state)) return undefined;
  return typeof state.entry === "number" ? state.entry : undefined;
}

function focusOn(id: string): void {
  const element = document.getElementById(id);
  element?.scrollIntoView();
  element?.focus({ preventScroll: true });
}

export const router = new Router();
