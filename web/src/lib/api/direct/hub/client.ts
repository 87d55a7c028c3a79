import { items, table, text, whole, type Table } from "../common/reading";
import { PRIVATE, type Fetch } from "../site/site";

/** The Hub's public API, as far as a page needs it: what is there, and who may do what. */

export type Kind = "dataset" | "model" | "space";

export interface Repository {
  readonly kind: Kind;
  /** `owner/name` */
  readonly name: string;
}

export interface RepositoryInfo {
  readonly private: boolean;
  /** Whether one has to ask its owner before one may read it. */
  readonly gated: boolean;
  /** What its revision means now. */
  readonly commit: string;
}

export interface HubFile {
  readonly path: string;
  readonly bytes: number;
}

/** The Hub was asked, and says no. `code` and `said` are its own words. */
export class HubRefused extends Error {
  override readonly name = "HubRefused";
  readonly status: number;
  readonly code: string;
  readonly said: string;
  /** Whether a token went with it. */
  readonly withToken: boolean;

  constructor(status: number, code: string, said: string, withToken: boolean) {
    super(`HTTP ${status}: ${code || said}`);
    this.status = status;
    this.code = code;
    this.said = said;
    this.withToken = withToken;
  }
}

/** No answer came that a page may read: offline, too late, or not let by the browser. */
export class HubAway extends Error {
  override readonly name = "HubAway";
  readonly host: string;

  constructor(host: string, options?: ErrorOptions) {
    super(`${host} gave no answer`, options);
    this.host = host;
  }
}

const PATIENCE = 20_000; // ms for one answer
const NEXT = /<([^>]+)>\s*;\s*rel="?next"?/;

/** One token's view of the Hub, or nobody's. The token goes to the Hub's own origin alone. */
export class Hub {
  readonly #address: string;
  readonly #send: Fetch;
  readonly #token: string | undefined;
  readonly #patience: number;

  constructor(address: string, send: Fetch, token?: string, patience = PATIENCE) {
    this.#address = address.replace(/\/+$/, "");
    this.#send = send;
    this.#token = token;
    this.#patience = patience;
  }

  get host(): string {
    return new URL(this.#address).host;
  }

  /** What the token is and may, as the Hub says of it. */
  async whoami(signal?: AbortSignal): Promise<Table> {
    return table(await this.#json("/api/whoami-v2", {}, signal));
  }

  async info(
    repository: Repository,
    revision: string,
    signal?: AbortSignal,
  ): Promise<RepositoryInfo> {
    const at = revision ? `/revision/${encodeURIComponent(revision)}` : "";
    const found = table(await this.#json(`${api(repository)}${at}`, {}, signal));
    const gated = found["gated"] === true || text(found["gated"]) !== "";
    return { private: found["private"] === true, gated, commit: text(found["sha"]) || "main" };
  }

  /** Whether the token may read, or write; rejects with HubRefused where it may not. */
  async may(what: "read" | "write", repository: Repository, signal?: AbortSignal): Promise<void> {
    const right = what === "write" ? "/write" : "";
    await (await this.#ask(`${api(repository)}/auth-check${right}`, {}, signal)).body?.cancel();
  }

  /** All files, or `whole: false` where there are more than `most`. */
  async files(
    repository: Repository,
    commit: string,
    most: number,
    signal?: AbortSignal,
  ): Promise<{ files: HubFile[]; whole: boolean }> {
    const files: HubFile[] = [];
    const first = `${api(repository)}/tree/${encodeURIComponent(commit)}?recursive=true`;
    let page: string | null = first;
    while (page !== null) {
      const answer: Response = await this.#ask(page, {}, signal);
      files.push(...filesOf(await this.#read(answer, signal)));
      page = this.#next(answer);
      if (files.length >= most) break;
    }
    return { files, whole: page === null };
  }

  /** One file; null where the repository has none of this path. */
  async file(
    repository: Repository,
    revision: string,
    path: string,
    signal?: AbortSignal,
  ): Promise<HubFile | null> {
    const found = filesOf(await this.#at(repository, revision, path, signal));
    return found.find((file) => file.path === path) ?? null;
  }

  /** The bytes of a file; of a folder none, as the Hub doesn't count them. Null if there is neither. */
  async entry(
    repository: Repository,
    revision: string,
    path: string,
    signal?: AbortSignal,
  ): Promise<{ bytes: number | null } | null> {
    const listed = items(await this.#at(repository, revision, path, signal));
    const found = listed.find((each) => each["path"] === path);
    return found ? { bytes: found["type"] === "file" ? whole(found["size"]) : null } : null;
  }

  #at(repository: Repository, revision: string, path: string, signal?: AbortSignal) {
    const body = new URLSearchParams({ paths: path });
    const asked = `${api(repository)}/paths-info/${encodeURIComponent(revision)}`;
    return this.#json(asked, { method: "POST", body }, signal);
  }

  /** The first bytes of a file: all of it where it is small. */
  async beginning(
    repository: Repository,
    commit: string,
    path: string,
    most: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const escaped = path.split("/").map(encodeURIComponent).join("/");
    const place = `${page(repository)}/resolve/${encodeURIComponent(commit)}/${escaped}`;
    const headers = { Range: `bytes=0-${most - 1}` };
    const answer = await this.#ask(place, { headers }, signal).catch((error: unknown) => {
      if (error instanceof HubRefused && error.status === 416) return null; // an empty file
      throw error;
    });
    if (!answer?.body) return new Uint8Array();
    // A host that heeds no Range sends it all: the rest is left where it is.
    return this.#within(firstBytes(answer.body, most), signal);
  }

  async #json(path: string, init: RequestInit, signal?: AbortSignal): Promise<unknown> {
    return this.#read(await this.#ask(path, init, signal), signal);
  }

  async #read(answer: Response, signal?: AbortSignal): Promise<unknown> {
    return this.#within(answer.json(), signal);
  }

  async #ask(path: string, init: RequestInit, signal?: AbortSignal): Promise<Response> {
    const late = AbortSignal.timeout(this.#patience);
    const headers = new Headers(init.headers);
    if (this.#token) headers.set("Authorization", `Bearer ${this.#token}`);
    const options = { ...PRIVATE, ...init, headers };
    const answer = await this.#within(
      this.#send(this.#address + path, {
        ...options,
        signal: signal ? AbortSignal.any([signal, late]) : late,
      }),
      signal,
    );
    if (answer.ok) return answer;
    throw await refused(answer, this.#token !== undefined);
  }

  /** What ends it without its own asker's will is a Hub that is away. */
  async #within<T>(answer: Promise<T>, signal?: AbortSignal): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      signal?.throwIfAborted();
      throw new HubAway(this.host, { cause: error });
    }
  }

  /** The path of the next page of a list. One elsewhere is none of ours. */
  #next(answer: Response): string | null {
    const link = NEXT.exec(answer.headers.get("Link") ?? "")?.[1];
    if (!link) return null;
    const address = new URL(link, `${this.#address}/`).href;
    if (!address.startsWith(`${this.#address}/`)) throw new HubAway(this.host);
    return address.slice(this.#address.length);
  }
}

/** The repository's page, below the Hub's address. */
export function page({ kind, name }: Repository): string {
  return kind === "model" ? `/${name}` : `/${kind}s/${name}`;
}

function api({ kind, name }: Repository): string {
  return `/api/${kind}s/${name}`;
}

function filesOf(listed: unknown): HubFile[] {
  return items(listed)
    .filter(({ type, path }) => type === "file" && text(path) !== "")
    .map((entry) => ({ path: text(entry["path"]), bytes: whole(entry["size"]) }));
}

/** The code stands in a header that a browser may not show: the body says it in words. */
async function refused(answer: Response, withToken: boolean): Promise<HubRefused> {
  const said = await answer
    .json()
    .then((body) => text(table(body)["error"]))
    .catch(() => "");
  const message = answer.headers.get("X-Error-Message") ?? said;
  return new HubRefused(
    answer.status,
    answer.headers.get("X-Error-Code") ?? "",
    message,
    withToken,
  );
}

async function firstBytes(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  most: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const found = new Uint8Array(most);
  let size = 0;
  const reader = body.getReader();
  while (size < most) {
    const { done, value } = await reader.read();
    if (done) break;
    const piece = value.subarray(0, most - size);
    found.set(piece, size);
    size += piece.length;
  }
  await reader.cancel();
  return found.subarray(0, size);
}
