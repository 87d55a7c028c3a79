import { items, number, table, text, whole, type Table } from "../common/reading";
import { Silence } from "../common/silence";
import { sleep } from "../common/sleep";
import { eventsOf, type ServerEvent } from "../common/sse";
import { PRIVATE, type Fetch } from "../site/site";

/** A pod's face: its job folder over HTTP, for whoever has the job's token. */

export const CHANNELS = ["log", "metrics", "events"] as const;
export type Channel = (typeof CHANNELS)[number];
export type Offsets = Readonly<Record<Channel, number>>;

/** What a pod says of its job; `state` is its own state.json. */
export interface FaceJob {
  readonly id: string;
  /** Of the pod's folder: another one after a wiped disk. */
  readonly incarnation: string;
  readonly now: number;
  readonly deadline: number | null;
  readonly state: Table;
  readonly sizes: Offsets;
  readonly inputs: Readonly<Record<string, InputState>>;
  readonly ended: boolean;
  /** Whether somebody has fetched its results, here or in another page. */
  readonly collected: boolean;
  readonly collect_until: number | null;
}

export interface InputState {
  readonly have: number;
  readonly bytes: number;
  readonly done: boolean;
}

export interface FaceFile {
  readonly path: string;
  readonly bytes: number;
  readonly mtime_ns: number;
  readonly checkpoint: boolean;
}

/** Bytes of a growing file, and the offset after them. */
export interface Piece {
  readonly data: Uint8Array<ArrayBuffer>;
  readonly next: number;
  readonly reset: boolean;
}

/** What is heard of a job as it goes on. */
export interface Heard {
  job(job: FaceJob): void;
  /** New bytes of a channel; the offset after them. */
  bytes(channel: Channel, data: Uint8Array<ArrayBuffer>, next: number): void;
  /** The channel began again at 0. */
  reset(channel: Channel): void;
}

/** Nothing of ours answers there now: not yet, not for the moment, or never again. */
export class FaceAway extends Error {
  override readonly name = "FaceAway";
}

/** The face answered, and said no. */
export class FaceRefused extends Error {
  override readonly name = "FaceRefused";
  readonly status: number;
  readonly code: string;
  readonly data: Table;

  constructor(status: number, sentence: string, code: string, data: Table) {
    super(sentence);
    this.status = status;
    this.code = code;
    this.data = data;
  }
}

const GONE = [502, 503, 504, 520, 521, 522, 523, 524];
const PATIENCE = 30_000; // ms
const SILENCE = 20_000; // ms; the face says something every 15 s, unless somebody holds it back

export class Face {
  readonly url: string;
  readonly #token: string;
  readonly #send: Fetch;
  readonly #silence: number;

  constructor(url: string, token: string, send: Fetch, silence = SILENCE) {
    this.url = url.replace(/\/+$/, "");
    this.#token = token;
    this.#send = send;
    this.#silence = silence;
  }

  async job(signal?: AbortSignal): Promise<FaceJob> {
    return readJob(await this.#json("GET", "job", undefined, signal));
  }

  async read(
    channel: Channel,
    offset: number,
    limit: number,
    signal?: AbortSignal,
  ): Promise<Piece> {
    const path = `read/${channel}?offset=${offset}&limit=${limit}&gzip=1`;
    const answer = await this.#ask("GET", path, signal ? { signal } : {});
    const next = answer.headers.get("Tuneyard-Next");
    if (next === null) throw new FaceAway("what answers there is no face");
    return {
      data: new Uint8Array(await answer.arrayBuffer().catch(away)),
      next: Number(next),
      reset: answer.headers.get("Tuneyard-Reset") === "1",
    };
  }

  async files(signal?: AbortSignal): Promise<FaceFile[]> {
    return items(await this.#json("GET", "files", undefined, signal)).map((file) => ({
      path: text(file["path"]),
      bytes: whole(file["bytes"]),
      mtime_ns: number(file["mtime_ns"]) ?? 0,
      checkpoint: file["checkpoint"] === true,
    }));
  }

  /** A file whole, for a small one; it may take its time as long as something comes. */
  async file(path: string, signal?: AbortSignal): Promise<Blob> {
    const silence = new Silence(this.#silence, signal);
    try {
      const answer = await this.#ask("GET", `files/${pathOf(path)}`, { signal: silence.signal });
      const pieces: BlobPart[] = [];
      const reader = answer.body?.getReader();
      for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
        silence.heard();
        pieces.push(read.value);
      }
      return new Blob(pieces, { type: answer.headers.get("Content-Type") ?? "" });
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof FaceAway || error instanceof FaceRefused) throw error;
      return away(error);
    } finally {
      silence.close();
    }
  }

  /** An address for one file that needs no token, and ends after a minute. */
  async ticket(path: string): Promise<string> {
    const { url } = table(await this.#json("POST", "tickets", { path }));
    return this.url + text(url);
  }

  async stop(how: "save" | "now"): Promise<void> {
    await this.#json("POST", "stop", { how });
  }

  /** A checkpoint now, while the training goes on. */
  async save(): Promise<void> {
    await this.#json("POST", "save", {});
  }

  /** Tells the pod that all of it was fetched: it may end. */
  async collected(incarnation: string): Promise<void> {
    await this.#json("POST", "collected", { incarnation });
  }

  /** Tells the pod to end itself now. */
  async end(): Promise<void> {
    await this.#json("POST", "end", {});
  }

  async input(sha256: string, signal?: AbortSignal): Promise<InputState> {
    return inputState(await this.#json("GET", `inputs/${sha256}`, undefined, signal));
  }

  /** Adds a piece of an input. Throws FaceRefused, whose `data` says what the pod has. */
  async put(sha256: string, offset: number, body: Blob, signal?: AbortSignal): Promise<InputState> {
    const within = AbortSignal.timeout(120_000);
    const init = { body, signal: signal ? AbortSignal.any([signal, within]) : within };
    const answer = await this.#ask("PUT", `inputs/${sha256}?offset=${offset}`, init);
    return inputState(await answer.json().catch(away));
  }

  /**
   * Hears of all that is new from these offsets on. Answers `over` when the job has ended and all
   * was told, `broken` where the stream broke off, and `held` where nothing came in time: then
   * somebody on the way holds it back, and `poll` is how to hear.
   */
  async stream(from: Offsets, heard: Heard, signal?: AbortSignal): Promise<Stream> {
    const silence = new Silence(this.#silence, signal);
    const at = { ...from };
    let last: FaceJob | null = null;
    const told: Heard = {
      job: (job) => {
        last = job;
        heard.job(job);
      },
      bytes: (channel, data, next) => {
        at[channel] = next;
        heard.bytes(channel, data, next);
      },
      reset: (channel) => {
        heard.reset(channel);
      },
    };
    try {
      const query = CHANNELS.map((name) => `${name}=${from[name]}`).join("&");
      const answer = await this.#ask("GET", `stream?${query}`, { signal: silence.signal });
      if (!answer.body) throw new FaceAway("no stream");
      const spoke = () => {
        silence.heard();
      };
      for await (const event of eventsOf(answer.body, spoke)) tell(event, told);
    } catch (error) {
      signal?.throwIfAborted();
      if (silence.over) return "held";
      if (error instanceof FaceAway || error instanceof FaceRefused) throw error;
    } finally {
      silence.close();
    }
    return isOver(last, at) ? "over" : "broken";
  }

  /** The same by asking again and again, `every` so many ms; until the job has ended. */
  async poll(from: Offsets, heard: Heard, every: number, signal?: AbortSignal): Promise<"over"> {
    const at = { ...from };
    for (;;) {
      const job = await this.job(signal);
      heard.job(job);
      let behind = false;
      for (const channel of CHANNELS) {
        if (at[channel] === job.sizes[channel]) continue;
        const piece = await this.read(channel, at[channel], 1 << 20, signal);
        const data = channel === "log" ? piece.data : wholeLines(piece.data, job.ended);
        if (piece.reset) heard.reset(channel);
        at[channel] = piece.next - piece.data.length + data.length;
        if (data.length) heard.bytes(channel, data, at[channel]);
        behind ||= at[channel] < job.sizes[channel];
      }
      if (job.ended && !behind) return "over";
      await sleep(behind ? 0 : every, signal);
    }
  }

  async #json(method: string, path: string, body?: object, signal?: AbortSignal): Promise<unknown> {
    const answer = await this.#ask(method, path, {
      ...(body ? { body: JSON.stringify(body) } : {}),
      ...(signal ? { signal } : {}),
    });
    return (await answer.json().catch(away)) as unknown;
  }

  async #ask(method: string, path: string, more: RequestInit): Promise<Response> {
    const { signal } = more;
    const headers: Record<string, string> = { Authorization: `Bearer ${this.#token}` };
    if (typeof more.body === "string") headers["Content-Type"] = "application/json";
    const within = AbortSignal.timeout(PATIENCE);
    const streams = /^(stream\?|files\/)/.test(path) || method === "PUT"; // each with its own end
    const end = signal ? (streams ? signal : AbortSignal.any([signal, within])) : within;
    const init = { ...PRIVATE, ...more, method, headers, signal: end };
    const answer = await this.#send(`${this.url}/${path}`, init).catch((error: unknown) => {
      if (signal?.aborted) throw signal.reason;
      throw new FaceAway("no answer", { cause: error });
    });
    if (answer.ok) return answer;
    if (GONE.includes(answer.status)) throw new FaceAway(`HTTP ${answer.status}`);
    const said = table(await answer.json().catch(() => null));
    // The proxy answers by itself for a pod that it doesn't know, or not yet.
    if (!("sentence" in said)) throw new FaceAway(`HTTP ${answer.status}`);
    throw new FaceRefused(answer.status, text(said["sentence"]), text(said["code"]), said);
  }
}

export type Stream = "over" | "broken" | "held";

/** The address at which a pod's face is reached, by the site's template. */
export function faceAddress(template: string, pod: string, port: number): string {
  return template.replace("{pod}", encodeURIComponent(pod)).replace("{port}", String(port));
}

export function inputState(data: unknown): InputState {
  const said = table(data);
  return { have: whole(said["have"]), bytes: whole(said["bytes"]), done: said["done"] === true };
}

export function readJob(data: unknown): FaceJob {
  const said = table(data);
  if (!("incarnation" in said)) throw new FaceAway("what answers there is no face");
  const sizes = table(said["sizes"]);
  return {
    id: text(said["id"]),
    incarnation: text(said["incarnation"]),
    now: number(said["now"]) ?? 0,
    deadline: number(said["deadline"]),
    state: table(said["state"]),
    sizes: {
      log: whole(sizes["log"]),
      metrics: whole(sizes["metrics"]),
      events: whole(sizes["events"]),
    },
    inputs: Object.fromEntries(
      Object.entries(table(said["inputs"])).map(([sha, each]) => [sha, inputState(each)]),
    ),
    ended: said["ended"] === true,
    collected: said["collected"] === true,
    collect_until: number(said["collect_until"]),
  };
}

/** Whether the job has ended and all of it was told. */
function isOver(job: FaceJob | null, at: Offsets): boolean {
  return job !== null && job.ended && CHANNELS.every((name) => at[name] === job.sizes[name]);
}

/** One event of the stream. */
function tell({ event, id, data }: ServerEvent, heard: Heard): void {
  if (event === "job") {
    heard.job(readJob(JSON.parse(data)));
  } else if (event === "reset") {
    if (isChannel(data)) heard.reset(data);
  } else if (isChannel(event)) {
    const next = Number(id.split(",")[CHANNELS.indexOf(event)]);
    const bytes = event === "log" ? unpacked(data) : new TextEncoder().encode(`${data}\n`);
    heard.bytes(event, bytes, next);
  }
}

function isChannel(name: string): name is Channel {
  return (CHANNELS as readonly string[]).includes(name);
}

function unpacked(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
}

/** A line that is half written is left for the next time. */
function wholeLines(data: Uint8Array<ArrayBuffer>, ended: boolean): Uint8Array<ArrayBuffer> {
  const end = data.lastIndexOf(10) + 1;
  return end || !ended ? data.subarray(0, end) : data;
}

function pathOf(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function away(error: unknown): never {
  throw new FaceAway("the answer broke off", { cause: error });
}
