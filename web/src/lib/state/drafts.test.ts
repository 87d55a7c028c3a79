import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SavedDraft } from "./draft.svelte";
import { Drafts } from "./drafts.svelte";

const KEY = "tuneyard.draft.";

function saved(name: string): SavedDraft {
  return {
    recipe: "shapes",
    start: { kind: "defaults" },
    name,
    compute: null,
    profile: "",
    settings: {},
    results: {},
  };
}

/** What a tab hears when another one writes or removes. */
function elsewhere(id: string, draft: SavedDraft | null, at = Date.now() / 1000) {
  const text = draft && JSON.stringify({ format: 1, saved: at, draft });
  if (text === null) localStorage.removeItem(KEY + id);
  else localStorage.setItem(KEY + id, text);
  window.dispatchEvent(new StorageEvent("storage", { key: KEY + id, newValue: text }));
}

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(KEY));

describe("Drafts", () => {
  beforeEach(() => {
    localStorage.clear();
    sessionStorage.clear();
  });

  it("keeps a draft over a reload of the tab", () => {
    new Drafts().keep(saved("one"));
    expect(new Drafts().mine()?.draft.name).toBe("one");
  });

  it("gives another tab a draft of its own, and tells it of this one", () => {
    new Drafts().keep(saved("one"));
    sessionStorage.clear(); // another tab
    const other = new Drafts();
    expect(other.mine()).toBeUndefined();
    expect(other.others.map(({ draft }) => draft.name)).toEqual(["one"]);
    other.keep(saved("two"));
    expect(keys()).toHaveLength(2);
  });

  it("throws its own away, or another one", () => {
    const drafts = new Drafts();
    drafts.keep(saved("one"));
    elsewhere("other", saved("two"));
    drafts.look();
    drafts.discard("other");
    expect(drafts.others).toEqual([]);
    expect(drafts.mine()?.draft.name).toBe("one");
    drafts.discard();
    expect(drafts.mine()).toBeUndefined();
    expect(keys()).toEqual([]);
    expect(sessionStorage.length).toBe(0);
  });

  it("goes on with another one, and leaves its own on the shelf", () => {
    elsewhere("other", saved("two"));
    const drafts = new Drafts();
    drafts.keep(saved("one"));
    drafts.take("other");
    expect(drafts.mine()?.draft.name).toBe("two");
    expect(drafts.others.map(({ draft }) => draft.name)).toEqual(["one"]);
    expect(new Drafts().mine()?.draft.name).toBe("two");
  });

  it("becomes a draft of its own when another tab writes it, and loses nothing", () => {
    const drafts = new Drafts();
    drafts.keep(saved("mine"));
    const id = drafts.mine()?.id ?? "";
    const stop = drafts.listen(() => saved("mine, later"));
    elsewhere(id, saved("theirs"));
    expect(drafts.parted).toBe(true);
    expect(drafts.mine()?.draft.name).toBe("mine, later");
    expect(drafts.mine()?.id).not.toBe(id);
    expect(drafts.others.map(({ draft }) => draft.name)).toEqual(["theirs"]);
    stop();
    elsewhere(drafts.mine()?.id ?? "", saved("unheard"));
    expect(drafts.mine()?.draft.name).toBe("unheard");
  });

  it("keeps its own when another tab throws it away", () => {
    const drafts = new Drafts();
    drafts.keep(saved("mine"));
    drafts.listen(() => saved("mine"));
    elsewhere(drafts.mine()?.id ?? "", null);
    expect(drafts.mine()?.draft.name).toBe("mine");
    expect(drafts.parted).toBe(false);
  });

  it("lets go of it when it was started as a job", () => {
    const drafts = new Drafts();
    drafts.keep(saved("mine"));
    drafts.listen(() => undefined);
    const id = drafts.mine()?.id ?? "";
    elsewhere(id, null);
    expect(keys()).toEqual([]);
  });

  it("hears of drafts of other tabs", () => {
    const drafts = new Drafts();
    drafts.listen(() => undefined);
    elsewhere("other", saved("two"));
    expect(drafts.others).toHaveLength(1);
    elsewhere("other", null);
    expect(drafts.others).toHaveLength(0);
  });

  it("clears away the oldest, and those of a month ago", () => {
    const now = Date.now() / 1000;
    for (let n = 0; n < 10; n++) elsewhere(`n${n}`, saved(`${n}`), now - n);
    elsewhere("ancient", saved("ancient"), now - 31 * 86_400);
    const drafts = new Drafts();
    expect(drafts.others.map(({ draft }) => draft.name)).toEqual(
      Array.from({ length: 8 }, (_, n) => `${n}`),
    );
    expect(keys()).toHaveLength(8);
  });

  it("takes nothing that it can't read", () => {
    localStorage.setItem(`${KEY}a`, "{");
    localStorage.setItem(`${KEY}b`, "null");
    localStorage.setItem(`${KEY}c`, JSON.stringify({ format: 2, saved: 1, draft: saved("c") }));
    localStorage.setItem(`${KEY}d`, JSON.stringify({ format: 1, saved: 1, draft: {} }));
    expect(new Drafts().others).toEqual([]);
  });

  it("says when this browser keeps nothing, and goes on", () => {
    const drafts = new Drafts();
    vi.stubGlobal("localStorage", {
      getItem: () => null,
      setItem: () => {
        throw new DOMException("full", "QuotaExceededError");
      },
    });
    drafts.keep(saved("one"));
    vi.unstubAllGlobals();
    expect(drafts.works).toBe(false);
  });
});
