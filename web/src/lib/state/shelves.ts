/** What the page needs of a browser's storage. */
export interface Shelf {
  getItem(name: string): string | null;
  setItem(name: string, text: string): void;
  removeItem(name: string): void;
  names(): readonly string[];
}

/** A storage of the browser. Each call throws where it is forbidden or full. */
class Browser implements Shelf {
  readonly #storage: () => Storage;

  constructor(storage: () => Storage) {
    this.#storage = storage;
  }

  getItem(name: string): string | null {
    return this.#storage().getItem(name);
  }

  setItem(name: string, text: string): void {
    this.#storage().setItem(name, text);
  }

  removeItem(name: string): void {
    this.#storage().removeItem(name);
  }

  names(): readonly string[] {
    return Object.keys(this.#storage());
  }
}

/** Nothing of it outlives the visit. */
export class Memory implements Shelf {
  readonly #texts = new Map<string, string>();

  getItem(name: string): string | null {
    return this.#texts.get(name) ?? null;
  }

  setItem(name: string, text: string): void {
    this.#texts.set(name, text);
  }

  removeItem(name: string): void {
    this.#texts.delete(name);
  }

  names(): readonly string[] {
    return [...this.#texts.keys()];
  }
}

// A page without a server promises to leave nothing behind.
const leavesNothing = import.meta.env.MODE === "site";

/** Whether what is put on a shelf is still there after a reload. */
export const outlives = !leavesNothing;

/** For what the browser is to know the next time. */
export const lasting: Shelf = leavesNothing ? new Memory() : new Browser(() => localStorage);

/** For what a tab is to know when it is reloaded. */
export const ofTab: Shelf = leavesNothing ? new Memory() : new Browser(() => sessionStorage);
