import { untrack } from "svelte";

export interface Key {
  /** One key, or two after each other: "n", "/", "g j". */
  keys: string;
  label: string;
  run: () => void;
  /** Belongs to the page, not to the whole app. */
  here?: boolean;
}

const WAIT = 1200; // ms for the second of two keys

/** Keys that do something; never while somebody types, or with a modifier held. */
export class Keys {
  list = $state.raw<readonly Key[]>([]);
  #first = "";
  #at = 0;

  /** Adds keys until the answer is called: `$effect(() => keys.add([...]))`. */
  add(more: readonly Key[]): () => void {
    this.list = [...more, ...untrack(() => this.list)]; // whoever adds is not to run again for it
    return () => {
      this.list = this.list.filter((key) => !more.includes(key));
    };
  }

  readonly press = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    const first = event.timeStamp - this.#at < WAIT ? this.#first : "";
    const found =
      (first && this.list.find((key) => key.keys === `${first} ${event.key}`)) ||
      this.list.find((key) => key.keys === event.key);
    this.#first = found ? "" : event.key;
    this.#at = event.timeStamp;
    if (!found) return;
    event.preventDefault();
    found.run();
  };
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.matches("input, textarea, select, [role=menu] *, [role=menuitem], .xterm *")
  );
}

/** Puts the focus into the page's search field, if it has one (`data-search`). */
export function focusSearch(): void {
  const field = document.querySelector<HTMLInputElement>("input[data-search]");
  field?.focus();
  field?.select();
}

export const keys = new Keys();
