import { SvelteMap } from "svelte/reactivity";
import type { Control } from "$lib/api/control";
import { type FieldPath, isWithin } from "$lib/form/places";
import { Sending } from "./sending.svelte";

type Calls = Pick<Control, "upload" | "removeUpload">;

/** What is on its way from the browser, each for the field that is to name it. */
export class Sendings {
  readonly #control: Calls;
  readonly #all = new SvelteMap<FieldPath, Sending>();

  constructor(control: Calls) {
    this.#control = control;
  }

  get all(): readonly (readonly [FieldPath, Sending])[] {
    return [...this.#all];
  }

  get busy(): boolean {
    return this.all.some(([, { state }]) => state === "sending");
  }

  at(path: FieldPath): Sending | undefined {
    return this.#all.get(path);
  }

  /** A new one for a field; what was sent for it before is not wanted any more. */
  begin(path: FieldPath): Sending {
    this.remove(path);
    const sending = new Sending(this.#control);
    this.#all.set(path, sending);
    return sending;
  }

  /** The field that it is for now; undefined once nobody wants it. */
  pathOf(sending: Sending): FieldPath | undefined {
    return this.all.find(([, each]) => each === sending)?.[0];
  }

  remove(path: FieldPath): void {
    this.#all.get(path)?.remove();
    this.#all.delete(path);
  }

  /** A row of a list of tables is gone: those after it have moved up. */
  rowRemoved(list: FieldPath, index: number): void {
    const gone = `${list}.${String(index)}`;
    for (const [path] of this.all) if (isWithin(path, gone)) this.remove(path);
    for (const [path, sending] of this.all) {
      const moved = isWithin(path, list) ? oneUp(path, list, index) : path;
      if (moved === path) continue;
      this.#all.delete(path);
      this.#all.set(moved, sending);
    }
  }

  cancel(): void {
    for (const [path, sending] of this.all)
      if (sending.state === "sending") {
        sending.cancel();
        this.#all.delete(path);
      }
  }

  clear(): void {
    for (const [path] of this.all) this.remove(path);
  }
}

function oneUp(path: FieldPath, list: FieldPath, after: number): FieldPath {
  const [row = "", ...rest] = path.slice(list.length + 1).split(".");
  const index = Number(row);
  return index > after ? [list, String(index - 1), ...rest].join(".") : path;
}
