import { control } from "$lib/api";
import type { Control, Opened } from "$lib/api/control";

type Calls = Pick<Control, "can" | "fileAddress" | "open">;

const PREFIX = "job-file:";
const KEPT = 60; // opened files that are kept at hand, so that hearing one again is no waiting

/**
 * Files of jobs to hear and to look at. Each has a source, by which the page knows it: its
 * address, or where there are none that last, a name from which an address is opened.
 */
export class Sources {
  readonly #control: () => Calls;
  readonly #opened = new Map<string, Promise<Opened>>();

  constructor(of: () => Calls = () => control) {
    this.#control = of;
  }

  of(id: string, path: string): string {
    const { can } = this.#control();
    return can.links ? this.#control().fileAddress(id, path) : `${PREFIX}${id}/${path}`;
  }

  /** What an element of the page can play or show. */
  address(source: string): string | Promise<string> {
    if (!source.startsWith(PREFIX)) return source;
    return this.#find(source).then(({ address }) => address);
  }

  async bytes(source: string): Promise<ArrayBuffer> {
    const found: Pick<Opened, "address" | "blob"> = source.startsWith(PREFIX)
      ? await this.#find(source)
      : { address: source };
    if (found.blob) return found.blob.arrayBuffer();
    const answer = await fetch(found.address);
    if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
    return answer.arrayBuffer();
  }

  #find(source: string): Promise<Pick<Opened, "address" | "blob">> {
    const opened = this.#opened.get(source) ?? this.#open(source);
    this.#opened.delete(source); // and so it is the newest
    this.#opened.set(source, opened);
    this.#forgetOldest();
    return opened;
  }

  #open(source: string): Promise<Opened> {
    const [id = "", ...path] = source.slice(PREFIX.length).split("/");
    const opened = this.#control().open(id, path.join("/"));
    const forget = () => this.#opened.delete(source);
    // One that isn't the page's own ends by itself; one that failed may be there the next time.
    opened.then(({ address }) => address.startsWith("blob:") || forget(), forget);
    return opened;
  }

  #forgetOldest(): void {
    for (const [source, opened] of this.#opened) {
      if (this.#opened.size <= KEPT) return;
      this.#opened.delete(source);
      opened.then(
        ({ release }) => {
          release();
        },
        () => undefined,
      );
    }
  }
}

export const sources = new Sources();
