import { SvelteSet } from "svelte/reactivity";

/** Which rows of a list are chosen. With shift, all between the last choice and this one. */
export class Selection {
  readonly #chosen = new SvelteSet<string>();
  #last: string | null = null;

  get size(): number {
    return this.#chosen.size;
  }

  get ids(): string[] {
    return [...this.#chosen];
  }

  has(id: string): boolean {
    return this.#chosen.has(id);
  }

  /** Chooses a row, or lets go of it. `order`: the whole list as it stands, for a range. */
  choose(id: string, on: boolean, order: readonly string[] = [], shift = false): void {
    const range = shift ? between(order, this.#last, id) : [];
    for (const each of range.length ? range : [id]) {
      if (on) this.#chosen.add(each);
      else this.#chosen.delete(each);
    }
    this.#last = id;
  }

  toggle(id: string, order: readonly string[] = [], shift = false): void {
    this.choose(id, shift || !this.has(id), order, shift);
  }

  /** All of them, or none if all of them were chosen. */
  all(ids: readonly string[]): void {
    const on = !ids.every((id) => this.has(id));
    for (const id of ids) this.choose(id, on);
    this.#last = null;
  }

  clear(): void {
    this.#chosen.clear();
    this.#last = null;
  }

  /** Forgets what is no longer there. */
  keep(ids: ReadonlySet<string>): void {
    for (const id of this.#chosen) if (!ids.has(id)) this.#chosen.delete(id);
  }
}

function between(order: readonly string[], a: string | null, b: string): readonly string[] {
  const from = a === null ? -1 : order.indexOf(a);
  const to = order.indexOf(b);
  if (from < 0 || to < 0) return [];
  return order.slice(Math.min(from, to), Math.max(from, to) + 1);
}
