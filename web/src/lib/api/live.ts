import { LogFollow, type LogHandler } from "./live-log";
import { LinesFollow, type LinesHandler } from "./live-lines";
import { JobsFollow, ValueFollow, type JobsHandler } from "./live-values";
import type { Follow, Message, Shared } from "./follow";
import type { JobView, ProblemDetails, System } from "./types";

/** connecting: an attempt is under way. waiting: the next one is at `retryAt`. */
export type LiveState = "idle" | "connecting" | "open" | "waiting" | "refused";

export interface LiveHooks {
  /** Opens a socket; a test gives its own. */
  open: () => WebSocket;
  /** Asked when a socket did not even open: whether this page is still signed in. */
  signedIn: () => Promise<boolean>;
  changed: (live: Live) => void;
}

const FIRST_WAIT = 250; // ms; doubles with each attempt
const LONGEST_WAIT = 10_000;
const OPENS_WITHIN = 8_000;
const SILENT = 15_000; // the server says something every 5 s
const LOOK = 1_000;

/**
 * The page's one socket. It opens itself again after any break, with growing, jittered waits,
 * at once when the network is back or the page is looked at, and asks for what comes after
 * what each follower has.
 */
export class Live {
  state: LiveState = "idle";
  /** When the next attempt is made, in ms since 1970; 0 if none is waited for. */
  retryAt = 0;
  /** When anything was heard last, in ms since 1970. */
  heardAt = 0;
  /** The server's start that one is connected to, and its version. */
  server = "";
  version = "";

  readonly #hooks: LiveHooks;
  readonly #follows = new Map<string, Follow>();
  /** Numbers of binary frames to the log that they are of. */
  readonly #numbers = new Map<number, LogFollow>();
  #socket: WebSocket | null = null;
  #attempts = 0;
  #began = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(hooks: LiveHooks) {
    this.#hooks = hooks;
  }

  /** Connects, and stays so until `stop`. */
  start(): void {
    if (this.state !== "idle" && this.state !== "refused") return;
    this.#watch = setInterval(() => {
      this.#look();
    }, LOOK);
    window.addEventListener("online", this.retry);
    document.addEventListener("visibilitychange", this.#shown);
    this.#connect();
  }

  stop(): void {
    this.#end("idle");
  }

  /** Tries again now instead of later. */
  readonly retry = (): void => {
    if (this.state === "waiting") this.#connect();
  };

  /** Rows that change. `began` is called when the list should be fetched: at first, and after a break. */
  jobs(handler: JobsHandler): () => void {
    return this.#share("jobs", () => new JobsFollow(), handler);
  }

  /** One job as it is now and with each change; null when it was removed. */
  job(id: string, handler: (view: JobView | null) => void): () => void {
    const begin = () => new ValueFollow<JobView | null>({ channel: "job", job: id }, "view");
    return this.#share(`job ${id}`, begin, handler);
  }

  system(handler: (figures: System) => void): () => void {
    const begin = () => new ValueFollow<System>({ channel: "system" }, "figures");
    return this.#share("system", begin, handler);
  }

  /** A log's bytes from an offset on; a negative one counts from the end. One follower a job. */
  log(id: string, offset: number, handler: LogHandler): () => void {
    return this.#alone(`log ${id}`, new LogFollow(id, offset, handler));
  }

  /** Lines of metrics from a byte offset on. One follower a job. */
  metrics(id: string, offset: number, handler: LinesHandler): () => void {
    return this.#alone(`metrics ${id}`, new LinesFollow("metrics", id, offset, handler));
  }

  /** Lines of events from a byte offset on. One follower a job. */
  events(id: string, offset: number, handler: LinesHandler): () => void {
    return this.#alone(`events ${id}`, new LinesFollow("events", id, offset, handler));
  }

  #share<H>(key: string, begin: () => Follow & Shared<H>, handler: H): () => void {
    const known = this.#follows.get(key) as (Follow & Shared<H>) | undefined;
    const follow = known ?? begin();
    follow.join(handler);
    if (!known) this.#add(key, follow);
    return () => {
      if (follow.part(handler)) this.#drop(key, follow);
    };
  }

  #alone(key: string, follow: Follow): () => void {
    const before = this.#follows.get(key);
    if (before) this.#drop(key, before);
    this.#add(key, follow);
    return () => {
      this.#drop(key, follow);
    };
  }

  #add(key: string, follow: Follow): void {
    this.#follows.set(key, follow);
    this.#send({ op: "follow", ...follow.ask() });
  }

  #drop(key: string, follow: Follow): void {
    if (this.#follows.get(key) !== follow) return; // another one follows this by now
    this.#follows.delete(key);
    for (const [number, log] of this.#numbers) if (log === follow) this.#numbers.delete(number);
    const { channel, job } = follow.ask();
    this.#send({ op: "leave", channel, ...(job === undefined ? {} : { job }) });
  }

  #send(message: Record<string, unknown>): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.retryAt = 0;
    this.#began = Date.now();
    this.#set("connecting");
    const socket = (this.#socket = this.#hooks.open());
    socket.binaryType = "arraybuffer";
    let opened = false;
    socket.onopen = () => {
      opened = true;
      this.heardAt = Date.now();
      this.#numbers.clear();
      for (const follow of this.#follows.values()) this.#send({ op: "follow", ...follow.ask() });
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
      this.#heard(event.data);
    };
    socket.onclose = () => {
      if (this.#socket === socket) void this.#closed(opened);
    };
  }

  #heard(data: string | ArrayBuffer): void {
    this.heardAt = Date.now();
    if (typeof data !== "string") {
      this.#bytes(data);
      return;
    }
    const message = JSON.parse(data) as Message;
    const { channel } = message;
    if (channel === "hello") this.#hello(message);
    else if (channel === "error") this.#failed(message);
    else if (channel !== "beat") {
      const follow = this.#follows.get(keyOf(message));
      if (follow instanceof LogFollow && typeof message["number"] === "number")
        this.#numbers.set(message["number"], follow);
      follow?.take(message);
    }
  }

  #bytes(data: ArrayBuffer): void {
    const view = new DataView(data);
    const number = view.getUint32(0);
    this.#numbers.get(number)?.bytes(
      number,
      Number(view.getBigUint64(4)), // exact up to 8 PiB
      (view.getUint8(12) & 1) === 1,
      new Uint8Array(data, 13),
    );
  }

  #hello(message: Message): void {
    this.server = String(message["server"]);
    this.version = String(message["version"]);
    this.#attempts = 0;
    this.#set("open");
  }

  #failed(message: Message): void {
    const about = message["about"] as Message | undefined;
    if (about) this.#follows.get(keyOf(about))?.fail?.(message["problem"] as ProblemDetails);
  }

  async #closed(opened: boolean): Promise<void> {
    this.#socket = null;
    if (!opened && !(await this.#mayTryAgain())) {
      this.#end("refused");
      return;
    }
    if (this.state !== "idle" && this.state !== "refused") this.#wait();
  }

  /** Unless the server says that one is signed out; one that says nothing in time may be asked again. */
  async #mayTryAgain(): Promise<boolean> {
    const silent = new Promise<boolean>((resolve) => {
      setTimeout(resolve, OPENS_WITHIN, true);
    });
    return Promise.race([this.#hooks.signedIn().catch(() => true), silent]);
  }

  #wait(): void {
    const most = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#attempts);
    this.#attempts += 1;
    const wait = most * (0.5 + Math.random() / 2);
    this.retryAt = Date.now() + wait;
    this.#timer = setTimeout(this.retry, wait);
    this.#set("waiting");
  }

  /** A socket can be dead without anybody saying so. */
  #look(): void {
    const since = Date.now() - (this.state === "open" ? this.heardAt : this.#began);
    if (this.state === "open" && since > SILENT) this.#giveUp();
    else if (this.state === "connecting" && this.#socket && since > OPENS_WITHIN) this.#giveUp();
  }

  #giveUp(): void {
    this.#close();
    this.#wait();
  }

  readonly #shown = (): void => {
    if (document.visibilityState === "visible") this.retry();
  };

  #close(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #end(state: "idle" | "refused"): void {
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    window.removeEventListener("online", this.retry);
    document.removeEventListener("visibilitychange", this.#shown);
    this.retryAt = 0;
    this.#close();
    this.#set(state);
  }

  #set(state: LiveState): void {
    this.state = state;
    this.#hooks.changed(this);
  }
}

function keyOf({ channel, job }: Message): string {
  return typeof job === "string" ? `${channel} ${job}` : channel;
}
