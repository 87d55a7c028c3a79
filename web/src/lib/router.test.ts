import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { byHash } from "./addresses";
import { Router, links, parse, to, type Route } from "./router.svelte";

const at = (path: string): Route => parse(new URL(path, "http://here"));

describe("addresses", () => {
  it.each<[string, Route]>([
    ["/", { page: "jobs" }],
    ["/jobs", { page: "jobs" }],
    ["/jobs/", { page: "jobs" }],
    ["/new", { page: "new", from: null }],
    ["/new?from=a%2Fb", { page: "new", from: "a/b" }],
    [
      "/jobs/20261122-143005-first-voice",
      { page: "job", id: "20261122-143005-first-voice", tab: null },
    ],
    ["/jobs/x/charts", { page: "job", id: "x", tab: "charts" }],
    ["/settings", { page: "settings" }],
    ["/computer", { page: "computer" }],
    ["/pods", { page: "pods" }],
    ["/jobs/x/nothing", { page: "unknown" }],
    ["/jobs/x/log/more", { page: "unknown" }],
    ["/settings/more", { page: "unknown" }],
    ["/elsewhere", { page: "unknown" }],
    ["/jobs/%E0%A4", { page: "job", id: "%E0%A4", tab: null }],
  ])("%s", (path, route) => {
    expect(at(path)).toEqual(route);
  });

  it("are written as they are read", () => {
    for (const id of ["plain", "with space", "ümlaut/slash?x#y"]) {
      expect(at(to.job(id, "log"))).toEqual({ page: "job", id, tab: "log" });
      expect(at(to.new(id))).toEqual({ page: "new", from: id });
    }
    expect(
      [to.jobs(), to.settings(), to.computer(), to.pods(), to.new()].map((path) => at(path).page),
    ).toEqual(["jobs", "settings", "computer", "pods", "new"]);
  });
});

describe("the router", () => {
  let router: Router;
  let stop: () => void;

  beforeEach(() => {
    document.body.innerHTML = `<main id="content" tabindex="-1"><p id="part" tabindex="-1"></p></main>`;
    history.replaceState(null, "", "/jobs?text=a");
    vi.spyOn(window, "scrollTo").mockImplementation(() => undefined);
    router = new Router();
    stop = router.listen();
  });

  afterEach(() => {
    stop();
    document.body.replaceChildren();
  });

  function press(html: string, how: MouseEventInit = {}): MouseEvent {
    const link = document.createElement("template");
    link.innerHTML = html;
    const element = link.content.firstElementChild as HTMLElement;
    document.body.append(element);
    const event = new MouseEvent("click", { bubbles: true, cancelable: true, ...how });
    (element.querySelector("b") ?? element).dispatchEvent(event);
    return event;
  }

  it("follows plain links, from what lies inside them too", async () => {
    const event = press(`<a href="/settings"><b>Settings</b></a>`);
    await vi.waitFor(() => {
      expect(router.route).toEqual({ page: "settings" });
    });
    expect(event.defaultPrevented).toBe(true);
    expect(location.pathname).toBe("/settings");
  });

  it.each([
    [`<a href="/api/jobs/x/log">`, {}],
    [`<a href="/jobs/x" download>`, {}],
    [`<a href="/jobs/x" target="_blank">`, {}],
    [`<a href="https://elsewhere.example/jobs">`, {}],
    [`<a href="/jobs/x">`, { ctrlKey: true }],
    [`<a href="/jobs/x">`, { metaKey: true }],
    [`<a href="/jobs/x">`, { button: 1 }],
    [`<button type="button">`, {}],
  ])("leaves %s %o to the browser", (html, how) => {
    expect(press(html, how).defaultPrevented).toBe(false);
    expect(router.route).toEqual({ page: "jobs" });
  });

  it("shows a new page from its top, with the focus on its content", async () => {
    await router.go("/computer");
    expect(window.scrollTo).toHaveBeenLastCalledWith(0, 0);
    expect(document.activeElement?.id).toBe("content");
  });

  it("keeps scroll and focus between tabs of a job", async () => {
    await router.go("/jobs/x/log");
    vi.mocked(window.scrollTo).mockClear();
    document.getElementById("part")?.focus();
    await router.go("/jobs/x/charts");
    expect(window.scrollTo).not.toHaveBeenCalled();
    expect(document.activeElement?.id).toBe("part");
  });

  it("comes back to where one had scrolled", async () => {
    vi.spyOn(window, "scrollY", "get").mockReturnValue(640);
    const before: unknown = history.state;
    await router.go("/computer");
    history.replaceState(before, "", "/jobs?text=a");
    window.dispatchEvent(new PopStateEvent("popstate", { state: before }));
    await vi.waitFor(() => {
      expect(window.scrollTo).toHaveBeenLastCalledWith(0, 640);
    });
    expect(router.route).toEqual({ page: "jobs" });
  });

  it("goes to a part of the page by its id", async () => {
    await router.go("#part");
    expect(document.activeElement?.id).toBe("part");
    document.getElementById("content")?.focus();
    await router.go("#part"); // again: the skip link may be used twice
    expect(document.activeElement?.id).toBe("part");
  });

  it("sets parts of the query in place", () => {
    const steps = history.length;
    router.setQuery({ state: "failed", text: null });
    expect(location.search).toBe("?state=failed");
    expect(router.query.get("state")).toBe("failed");
    expect(history.length).toBe(steps);
  });

  it("asks the page's guard before it is left, not for a tab of it", async () => {
    const ask = vi.fn(() => false);
    const release = router.guard(ask);
    await router.go("/jobs?text=b");
    expect(ask).not.toHaveBeenCalled();
    await router.go("/settings");
    expect(router.route).toEqual({ page: "jobs" });
    release();
    await router.go("/settings");
    expect(router.route).toEqual({ page: "settings" });
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("makes the empty address the jobs'", () => {
    stop();
    history.replaceState(null, "", "/");
    router = new Router();
    stop = router.listen();
    expect(location.pathname).toBe("/jobs");
  });
});

describe("the router behind the #", () => {
  const behind = links(byHash);
  let router: Router;
  let stop: () => void;

  beforeEach(() => {
    document.body.innerHTML = `<main id="content" tabindex="-1"><p id="part" tabindex="-1"></p></main>`;
    history.replaceState(null, "", "/any/where/?x=1");
    vi.spyOn(window, "scrollTo").mockImplementation(() => undefined);
    router = new Router(byHash);
    stop = router.listen();
  });

  afterEach(() => {
    stop();
    document.body.replaceChildren();
  });

  function press(html: string): MouseEvent {
    document.body.insertAdjacentHTML("beforeend", html);
    const event = new MouseEvent("click", { bubbles: true, cancelable: true });
    document.body.lastElementChild?.dispatchEvent(event);
    return event;
  }

  it("begins with the jobs, and leaves the path as it is", () => {
    expect(router.route).toEqual({ page: "jobs" });
    expect(location.pathname + location.search + location.hash).toBe("/any/where/?x=1#/jobs");
  });

  it("reads what it writes", async () => {
    for (const id of ["plain", "with space", "ümlaut/slash?x#y"]) {
      await router.go(behind.job(id, "log"));
      expect(router.route).toEqual({ page: "job", id, tab: "log" });
      expect(location.pathname).toBe("/any/where/");
    }
  });

  it("follows links to views, with query and fragment", async () => {
    expect(press(`<a href="${behind.settings()}?profile=x#part">there</a>`).defaultPrevented).toBe(
      true,
    );
    await vi.waitFor(() => {
      expect(router.route).toEqual({ page: "settings" });
    });
    expect(router.query.get("profile")).toBe("x");
    expect(document.activeElement?.id).toBe("part");
  });

  it.each([
    `<a href="site.json">`,
    `<a href="/any/where/">`,
    `<a href="https://else.example/#/jobs">`,
  ])("leaves %s to the browser", (html) => {
    // jsdom would try to load it.
    const kept = press(html.replace(">", ` onclick="return false">`));
    expect(kept.defaultPrevented).toBe(false);
    expect(router.route).toEqual({ page: "jobs" });
  });

  it("goes to a part of a view without leaving it", async () => {
    await router.go(behind.pods());
    press(`<a href="#part">down</a>`);
    await vi.waitFor(() => {
      expect(document.activeElement?.id).toBe("part");
    });
    expect(router.route).toEqual({ page: "pods" });
    expect(location.hash).toBe("#/pods#part");
  });

  it("sets parts of the query in place", () => {
    router.setQuery({ state: "failed" });
    expect(location.hash).toBe("#/jobs?state=failed");
    expect(router.query.get("state")).toBe("failed");
  });

  it("follows the back button and an address that was typed", async () => {
    const before: unknown = history.state;
    await router.go(behind.pods());
    history.replaceState(before, "", "#/jobs");
    window.dispatchEvent(new PopStateEvent("popstate", { state: before }));
    await vi.waitFor(() => {
      expect(router.route).toEqual({ page: "jobs" });
    });
    history.replaceState(null, "", "#/settings");
    window.dispatchEvent(new PopStateEvent("popstate", { state: null }));
    await vi.waitFor(() => {
      expect(router.route).toEqual({ page: "settings" });
    });
  });
});
