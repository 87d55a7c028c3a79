import type { SavedDraft } from "./draft.svelte";
import { recall, remember } from "./prefs";
import { lasting, ofTab } from "./shelves";

/** A draft on the shelf. `saved`: seconds since 1970. */
export interface KeptDraft {
  readonly id: string;
  readonly saved: number;
  readonly draft: SavedDraft;
}

interface Kept extends Omit<KeptDraft, "id"> {
  readonly format: 1;
}

const SHELF = "draft."; // and the draft's id: a key of its own each, so that no tab writes another's
const KEY = `tuneyard.${SHELF}`;
const TAB = "tuneyard.draft"; // in the tab's own storage: the id of its draft
const MOST = 8;
const LONGEST = 30 * 86_400; // seconds

/**
 * Drafts of new jobs in the browser's storage, one a tab, so that a reload loses none. Two tabs
 * may come to hold the same one (a tab was duplicated): when one of them writes, the other
 * goes on with a draft of its own.
 */
export class Drafts {
  /** Whether this browser keeps anything at all. */
  works = $state(true);
  /** Whether another tab wrote this tab's draft, so that it became one of its own. */
  parted = $state(false);
  /** Drafts of other tabs and of days before, the newest first. */
  others = $state.raw<readonly KeptDraft[]>([]);

  #id: string;

  constructor() {
    this.#id = idOfTab() ?? unique();
    this.look();
  }

  /** This tab's own draft, as it was left. */
  mine(): KeptDraft | undefined {
    return read(this.#id);
  }

  keep(draft: SavedDraft): void {
    const kept: Kept = { format: 1, saved: Date.now() / 1000, draft };
    remember(SHELF + this.#id, kept);
    setTab(this.#id);
    this.works = read(this.#id) !== undefined;
  }

  /** Takes a draft of the shelf as this tab's own. */
  take(id: string): void {
    if (id === this.#id) return;
    setTab(id);
    this.#become(id);
  }

  /** Throws this tab's draft away, or another one. */
  discard(id = this.#id): void {
    remember(SHELF + id, undefined);
    if (id === this.#id) this.part();
    else this.look();
  }

  /** Leaves this tab's draft on the shelf and begins another. */
  part(): void {
    setTab(null);
    this.#become(unique());
  }

  /** Hears of other tabs until the answer is called; `draft` says what this tab holds. */
  listen(draft: () => SavedDraft | undefined): () => void {
    const heard = (event: StorageEvent) => {
      if (!event.key?.startsWith(KEY)) return;
      if (event.key === KEY + this.#id) this.#contested(event.newValue !== null, draft());
      this.look();
    };
    window.addEventListener("storage", heard);
    return () => {
      window.removeEventListener("storage", heard);
    };
  }

  /** Looks at the shelf anew; the oldest are cleared away. */
  look(): void {
    const old = Date.now() / 1000 - LONGEST;
    const all = ids()
      .filter((id) => id !== this.#id)
      .flatMap((id) => read(id) ?? [])
      .sort((one, other) => other.saved - one.saved);
    this.others = all.filter((kept, index) => index < MOST && kept.saved > old);
    for (const kept of all) if (!this.others.includes(kept)) remember(SHELF + kept.id, undefined);
  }

  #become(id: string): void {
    this.#id = id;
    this.parted = false;
    this.look();
  }

  /** Another tab wrote where this one's draft lies, or took it away. */
  #contested(written: boolean, draft: SavedDraft | undefined): void {
    if (!draft) return;
    this.#id = unique();
    this.parted = written;
    this.keep(draft);
  }
}

function read(id: string): KeptDraft | undefined {
  const kept = recall(SHELF + id) as Partial<Kept> | null | undefined;
  const draft = kept?.draft;
  if (kept?.format !== 1 || typeof kept.saved !== "number") return undefined;
  if (typeof draft?.recipe !== "string" || typeof draft.start !== "object") return undefined;
  return { id, saved: kept.saved, draft };
}

function ids(): readonly string[] {
  try {
    return lasting.names().flatMap((key) => (key.startsWith(KEY) ? [key.slice(KEY.length)] : []));
  } catch {
    return []; // storage is forbidden here
  }
}

function idOfTab(): string | null {
  try {
    return ofTab.getItem(TAB);
  } catch {
    return null;
  }
}

function setTab(id: string | null): void {
  try {
    if (id === null) ofTab.removeItem(TAB);
    else ofTab.setItem(TAB, id);
  } catch {
    // A reload then begins anew; the draft stays on the shelf.
  }
}

function unique(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8)); // randomUUID wants https
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
