import { testServer, type Answered, type Asked, type TestServer } from "./server";

/** A repository of a test's Hub: its files by path. */
export interface TestRepository {
  readonly files: Record<string, string | Uint8Array>;
  readonly private?: boolean;
  readonly gated?: boolean;
}

export interface TestToken {
  readonly owner: string;
  readonly writes?: boolean;
  /** The only repositories that it may use. */
  readonly only?: readonly string[];
}

const PAGE = 3; // entries of a listing: small, so that every listing turns pages
const LARGE = /\.(wav|flac|mp3|zip|ckpt|bin)$|large/;
const COMMIT = "0123456789abcdef0123456789abcdef01234567";

/**
 * A Hub over real sockets, with the protocol of `tests/fakes/hub.py`: large files lie on
 * another origin, which refuses a token.
 */
export class TestHub {
  readonly repositories = new Map<string, TestRepository>();
  readonly tokens = new Map<string, TestToken>();
  readonly #hub: TestServer;
  readonly #store: TestServer;

  private constructor(hub: TestServer, store: TestServer) {
    this.#hub = hub;
    this.#store = store;
    const api = ["datasets", "models"].flatMap((kinds) => [
      `GET /api/${kinds}/*`,
      `POST /api/${kinds}/*`,
    ]);
    for (const route of api)
      hub.on(route, (asked) => this.#answered(asked, () => this.#api(asked)));
    hub.on("GET /api/whoami-v2", (asked) => this.#answered(asked, () => this.#whoami(asked)));
    for (const route of ["GET /datasets/*", "GET /me/*"])
      hub.on(route, (asked) => this.#answered(asked, () => this.#resolve(asked)));
    store.on("GET /large/*", (asked) => this.#large(asked));
  }

  static async start(): Promise<TestHub> {
    return new TestHub(await testServer(), await testServer());
  }

  /** `datasets/owner/name` or `models/owner/name` */
  add(
    name: string,
    files: TestRepository["files"],
    more: Omit<TestRepository, "files"> = {},
  ): void {
    this.repositories.set(name, { files, ...more });
  }

  get address(): string {
    return this.#hub.address;
  }

  /** Answers a route in another way from now on. */
  on(route: string, answer: (asked: Asked) => Answered): void {
    this.#hub.on(route, answer);
  }

  get asked(): readonly Asked[] {
    return this.#hub.asked;
  }

  get askedOfStore(): readonly Asked[] {
    return this.#store.asked;
  }

  async close(): Promise<void> {
    await Promise.all([this.#hub.close(), this.#store.close()]);
  }

  #answered(asked: Asked, answer: () => Answered): Answered {
    try {
      const token = tokenOf(asked);
      if (token && !this.tokens.has(token))
        throw new Refusal(401, "", "Invalid credentials in Authorization header");
      return answer();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const headers = error.code ? { "X-Error-Code": error.code } : undefined;
      return {
        status: error.status,
        json: { error: error.message },
        ...(headers ? { headers } : {}),
      };
    }
  }

  #repository(name: string, asked: Asked): TestRepository {
    const found = this.repositories.get(name);
    const token = tokenOf(asked);
    if (!found || (found.private && !this.#sees(token, name)))
      throw new Refusal(token ? 404 : 401, "RepoNotFound", "Repository not found");
    return found;
  }

  #sees(token: string, name: string): boolean {
    const who = this.tokens.get(token);
    const [, owner = "", last = ""] = name.split("/");
    return who?.only ? who.only.includes(`${owner}/${last}`) : who?.owner === owner;
  }

  #whoami(asked: Asked): Answered {
    const who = this.tokens.get(tokenOf(asked));
    if (!who) throw new Refusal(401, "", "Invalid username or password.");
    const permissions = ["repo.content.read", ...(who.writes ? ["repo.write"] : [])];
    const scoped = (who.only ?? []).map((name) => ({ entity: { name }, permissions }));
    const accessToken = who.only
      ? { role: "fineGrained", fineGrained: { scoped } }
      : { role: who.writes ? "write" : "read" };
    return { json: { name: who.owner, orgs: [], auth: { accessToken } } };
  }

  #api(asked: Asked): Answered {
    const [, , kinds = "", owner = "", last = "", what = "", rest = ""] = asked.path.split("/");
    const name = `${kinds}/${owner}/${last}`;
    const repository = this.#repository(name, asked);
    const sees = this.#sees(tokenOf(asked), name);
    if (what === "auth-check") {
      if (repository.gated && !sees) throw new Refusal(403, "GatedRepo", "Access is restricted");
      const mayWrite = sees && this.tokens.get(tokenOf(asked))?.writes;
      if (rest === "write" && !mayWrite) throw new Refusal(403, "", "Forbidden");
      return { json: {} };
    }
    const revision = decodeURIComponent(rest || "main");
    if (!["main", "v1", COMMIT].includes(revision))
      throw new Refusal(404, "RevisionNotFound", `Invalid rev id: ${revision}`);
    if (what === "" || what === "revision") {
      const { private: closed = false, gated } = repository;
      return { json: { id: name, sha: COMMIT, private: closed, gated: gated ? "manual" : false } };
    }
    const entries = Object.entries(repository.files).map(([path, content]) => ({
      type: "file",
      path,
      size: bytesOf(content).length,
    }));
    if (what === "paths-info") {
      const paths = new URLSearchParams(new TextDecoder().decode(asked.body)).getAll("paths");
      const folders = paths
        .filter((name) => entries.some(({ path }) => path.startsWith(`${name}/`)))
        .map((path) => ({ type: "directory", path, size: 0 }));
      return { json: [...entries.filter(({ path }) => paths.includes(path)), ...folders] };
    }
    const shown = [{ type: "directory", path: "wavs", size: 0 }, ...entries];
    const start = Number(asked.query.get("cursor") ?? 0);
    const next = `${this.address}${asked.path}?recursive=true&cursor=${start + PAGE}`;
    const headers = start + PAGE < shown.length ? { Link: `<${next}>; rel="next"` } : undefined;
    return { json: shown.slice(start, start + PAGE), ...(headers ? { headers } : {}) };
  }

  #resolve(asked: Asked): Answered {
    const parts = asked.path.slice(1).split("/");
    const [kinds, owner = "", last = "", , , ...path] =
      parts[0] === "datasets" ? parts : ["models", ...parts];
    const name = `${kinds}/${owner}/${last}`;
    const repository = this.#repository(name, asked);
    if (repository.gated && !this.#sees(tokenOf(asked), name))
      throw new Refusal(403, "GatedRepo", "Access is restricted");
    const file = decodeURIComponent(path.join("/"));
    const content = repository.files[file];
    if (content === undefined) throw new Refusal(404, "EntryNotFound", "Entry not found");
    if (!LARGE.test(file)) return ranged(asked, bytesOf(content));
    const place = encodeURIComponent(`${name}/${file}`);
    const Location = `${this.#store.address}/large/${place}?signature=for-one-hour`;
    return { status: 302, headers: { Location } };
  }

  #large(asked: Asked): Answered {
    if (tokenOf(asked) || !asked.query.has("signature")) return { status: 400 };
    const [kinds = "", owner = "", last = "", ...path] = decodeURIComponent(
      asked.path.slice("/large/".length),
    ).split("/");
    const content = this.repositories.get(`${kinds}/${owner}/${last}`)?.files[path.join("/")];
    return content === undefined ? { status: 404 } : ranged(asked, bytesOf(content));
  }
}

class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

function tokenOf({ headers }: Asked): string {
  return (headers.authorization ?? "").replace(/^Bearer /, "");
}

function bytesOf(content: string | Uint8Array): Uint8Array {
  return typeof content === "string" ? new TextEncoder().encode(content) : content;
}

function ranged({ headers }: Asked, content: Uint8Array): Answered {
  const [, from = "0", to = ""] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? "") ?? [];
  if (!headers.range) return { body: content };
  if (Number(from) >= content.length) return { status: 416 };
  const last = Math.min(to ? Number(to) : Infinity, content.length - 1);
  const range = `bytes ${from}-${last}/${content.length}`;
  const body = content.subarray(Number(from), last + 1);
  return { status: 206, body, headers: { "Content-Range": range } };
}
