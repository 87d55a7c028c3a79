import { isOnline } from "../common/online";
import { parsed } from "../common/reading";
import { sleep } from "../common/sleep";
import { good, type Answer } from "./answer";
import { RunPodError, keyMissing, keyRefused, offline, refusal, strange, unsure } from "./errors";
import { Lost, type Ways } from "./way";

/** How long to wait, in ms: for one answer, to a create, and in all for a question. */
export interface Patience {
  answer: number;
  create: number;
  whole: number;
  pause: number;
  longest: number;
}

const PATIENT: Patience = {
  answer: 20_000,
  create: 60_000,
  whole: 45_000,
  pause: 500,
  longest: 8_000,
};
const LONGEST_WAIT = 86_400; // seconds; the largest window of a quota is a day

/** Told of a key whether RunPod knows it, with each answer that says so. */
export type Judge = (key: string, known: boolean) => void;

/** Requests with the key that is held now. What may be repeated is, with growing pauses. */
export class Wire {
  readonly ways: Ways;
  readonly #key: () => string | undefined;
  readonly #patience: Patience;
  readonly #judge: Judge | undefined;

  constructor(
    ways: Ways,
    key: () => string | undefined,
    patience: Partial<Patience> = {},
    judge?: Judge,
  ) {
    this.ways = ways;
    this.#key = key;
    this.#patience = { ...PATIENT, ...patience };
    this.#judge = judge;
  }

  /** The JSON at a path, asked for until it comes or patience ends. Throws RunPodError. */
  async get(path: string, signal?: AbortSignal): Promise<unknown> {
    const answer = await this.repeated("GET", path, undefined, signal);
    if (good(answer) && answer.data !== null) return answer.data;
    if (good(answer) || answer.status === 404) throw strange(); // each path that is asked for is there
    throw this.refusal(answer);
  }

  /**
   * The answer to what does no harm when it is done twice. Throws the RunPodErrors offline, busy
   * and trouble; any other refusal is an answer.
   */
  async repeated(
    method: string,
    path: string,
    body?: unknown,
    signal?: AbortSignal,
  ): Promise<Answer> {
    const end = Date.now() + this.#patience.whole;
    const text = body === undefined ? undefined : JSON.stringify(body);
    let pause = this.#patience.pause;
    for (;;) {
      const answer = await this.#ask(method, path, text, this.#patience.answer, signal);
      if (answer !== "lost" && !passing(answer)) return answer;
      if (!isOnline()) throw offline(this.ways.host); // the network's coming back is heard of
      const wait = answer !== "lost" && answer.status === 429 ? answer.wait * 1000 : pause;
      if (Date.now() + wait > end) {
        if (answer === "lost" || good(answer)) throw offline(this.ways.host);
        throw this.refusal(answer);
      }
      await sleep(wait, signal);
      pause = Math.min(this.#patience.longest, pause * 2);
    }
  }

  /**
   * The JSON answered to what must never be done twice: sent exactly once. Throws the RunPodError
   * unsure where it may have been done, any other where it certainly was not.
   */
  async once(path: string, body: string, secrets: Iterable<string>): Promise<unknown> {
    if (this.ways.way === null) await this.get("/v2/pods"); // finds the way first
    if (!isOnline()) throw offline(this.ways.host);
    const answer = await this.#ask("POST", path, body, this.#patience.create);
    if (answer === "lost" || answer.status >= 500 || answer.status === 408) throw unsure();
    if (!good(answer)) throw this.refusal(answer, secrets);
    return answer.data;
  }

  /** A stream that is read as it comes. Throws RunPodError where there is none. */
  async stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const headers = { ...this.#headers(), Accept: "text/event-stream" };
    const response = await this.ways.send(path, { headers, signal }).catch(this.#lost);
    if (response.ok && response.body) return response.body;
    throw this.refusal(await read(response));
  }

  refusal(answer: Answer, secrets: Iterable<string> = []): RunPodError {
    return refusal(answer, [...secrets, this.#key() ?? ""]);
  }

  async #ask(
    method: string,
    path: string,
    body: string | undefined,
    within: number,
    signal?: AbortSignal,
  ): Promise<Answer | "lost"> {
    const late = AbortSignal.timeout(within);
    const key = this.#key() ?? "";
    const init: RequestInit = {
      method,
      headers: {
        ...this.#headers(),
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
      signal: signal ? AbortSignal.any([signal, late]) : late,
    };
    try {
      const answer = await read(await this.ways.send(path, init));
      // GraphQL answers everybody.
      if (answer.status === 401 || (good(answer) && path.startsWith("/v2/")))
        this.#judge?.(key, answer.status !== 401);
      return answer;
    } catch (error) {
      if (error instanceof Lost) return "lost";
      // Nobody was there, for now: whatever may be repeated is.
      if (error instanceof RunPodError && error.kind === "offline") return "lost";
      throw error;
    }
  }

  #headers(): Record<string, string> {
    const key = this.#key();
    if (!key) throw keyMissing();
    if (!/^[\x21-\x7e]+$/.test(key)) throw keyRefused(); // it could not even be sent in a header
    return { Authorization: `Bearer ${key}`, Accept: "application/json" };
  }

  readonly #lost = (error: unknown): never => {
    throw error instanceof Lost ? offline(this.ways.host) : error;
  };
}

function passing({ status, whole }: Answer): boolean {
  return status === 429 || status >= 500 || !whole;
}

async function read(response: Response): Promise<Answer> {
  const about = {
    status: response.status,
    kind: response.headers.get("Content-Type") ?? "",
    wait: waitOf(response.headers),
  };
  try {
    const text = await response.text();
    return { ...about, data: parsed(text), whole: true };
  } catch {
    return { ...about, data: null, whole: false }; // half a body may read like a whole one
  }
}

/** Seconds after which all that is used up has begun anew; a page can't always read it. */
function waitOf(headers: Headers): number {
  const after = Number(headers.get("Retry-After") ?? 0);
  const windows = (headers.get("RateLimit") ?? "").matchAll(/r=(\d+);\s*t=(\d+)/g);
  const empty = [...windows].filter(([, left]) => Number(left) === 0).map(([, , t]) => Number(t));
  return Math.min(LONGEST_WAIT, Math.max(1, Number.isFinite(after) ? after : 0, ...empty));
}
