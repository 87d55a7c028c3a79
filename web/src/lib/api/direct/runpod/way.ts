import { PRIVATE, type Fetch } from "../site/site";
import { barred, offline } from "./errors";

/** How a key travels: straight to RunPod, or through the site's own host. */
export type Way = "direct" | "pass";

export interface WayOptions {
  /** RunPod's address. */
  address: string;
  /** The site's own way there, as an absolute address; empty if it has none. */
  pass: string;
  /** Whether the key may travel through this host. Asked once a visit, and only where it must be. */
  ask: (host: string) => Promise<boolean>;
  send: Fetch;
  /** Tells who shows it how keys travel now. */
  changed?: (way: Way | null) => void;
}

/** Sent, and no answer came: it may have arrived. */
export class Lost extends Error {
  override readonly name = "Lost";
}

/**
 * The way to RunPod. It is tried directly first. A browser says the same of a server that it
 * can't reach and of one that it may not ask from this page; so then the site's own way is asked
 * something harmless, without a key: if that answers, the browser is what stands between.
 */
export class Ways {
  /** How keys travel; null before it is known. */
  way: Way | null = null;
  readonly #options: WayOptions;
  #allowed: Promise<boolean> | null = null;
  #finding: Promise<Response> | null = null;

  constructor(options: WayOptions) {
    this.#options = options;
  }

  /** Where keys go: the host that whoever gives one should know. */
  get host(): string {
    return new URL(this.way === "pass" ? this.#options.pass : this.#options.address).host;
  }

  /** Chooses by hand, as somebody does who knows what answers here. */
  choose(way: Way | null): void {
    this.way = way;
    this.#allowed = way === "pass" ? Promise.resolve(true) : null;
    this.#options.changed?.(way);
  }

  /**
   * An answer, whatever it says. Throws Lost, or the RunPodErrors offline and barred. The first
   * request of a visit finds the way, so it must be one that may be sent twice.
   */
  async send(path: string, init: RequestInit): Promise<Response> {
    if (this.way) return this.#through(this.way, path, init);
    if (this.#finding) {
      await this.#finding.catch(() => undefined);
      return this.send(path, init); // by the way that was found
    }
    this.#finding = this.#find(path, init);
    try {
      return await this.#finding;
    } finally {
      this.#finding = null;
    }
  }

  async #find(path: string, init: RequestInit): Promise<Response> {
    try {
      const answer = await this.#through("direct", path, init);
      this.#set("direct");
      return answer;
    } catch (error) {
      if (!(error instanceof Lost)) throw error;
    }
    const { address } = this.#options;
    const host = new URL(address).host;
    const passes = await this.#passes();
    if (!(await this.#answers(passes))) throw offline(host);
    if (!passes || !(await this.#mayPass())) throw barred(host, passes);
    this.#set("pass");
    return this.#through("pass", path, init);
  }

  /** Whether the site hands on to RunPod, as its own address for that says. */
  async #passes(): Promise<boolean> {
    const { pass } = this.#options;
    return pass !== "" && (await this.#probe(pass, "same-origin"))?.status === 204;
  }

  /** Whether RunPod is there for others: through the site's host, or unread by this page. */
  async #answers(passes: boolean): Promise<boolean> {
    const { address, pass } = this.#options;
    if (!passes) return (await this.#probe(`${address}/v2/pods`, "no-cors")) !== null;
    const answer = await this.#probe(`${pass}v2/pods`, "same-origin");
    return answer !== null && answer.status < 500;
  }

  /** An answer to a question without a key; null if none comes. */
  async #probe(url: string, mode: RequestMode): Promise<Response | null> {
    const init = { ...PRIVATE, mode, signal: AbortSignal.timeout(10_000) };
    return this.#options.send(url, init).catch(() => null);
  }

  #mayPass(): Promise<boolean> {
    this.#allowed ??= this.#options.ask(new URL(this.#options.pass).host);
    return this.#allowed;
  }

  async #through(way: Way, path: string, init: RequestInit): Promise<Response> {
    const { address, pass, send } = this.#options;
    const url = way === "pass" ? pass + path.slice(1) : address + path;
    try {
      return await send(url, { ...PRIVATE, ...init });
    } catch (error) {
      if (init.signal?.aborted && isAbort(init.signal.reason)) throw error;
      throw new Lost("No answer came", { cause: error });
    }
  }

  #set(way: Way): void {
    this.way = way;
    this.#options.changed?.(way);
  }
}

/** Ended by who asked, and not by the clock. */
function isAbort(reason: unknown): boolean {
  return !(reason instanceof DOMException && reason.name === "TimeoutError");
}
