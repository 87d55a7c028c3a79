import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a test's server was asked. */
export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
  body: Uint8Array<ArrayBuffer>;
}

/** An answer as JSON or bytes; or what to do with the connection itself. */
export type Answered =
  | {
      status?: number;
      json?: unknown;
      body?: string | Uint8Array;
      headers?: Record<string, string>;
    }
  | ((response: ServerResponse) => void);

export interface TestServer {
  address: string;
  asked: Asked[];
  /** `GET /path` or `GET /path/*`, and what it answers; the first that fits, the newest first. */
  on(route: string, answer: (asked: Asked) => Answered): void;
  close(): Promise<void>;
}

/** A real server on this computer that answers as a test says. */
export async function testServer(): Promise<TestServer> {
  const routes: { route: string; answer: (asked: Asked) => Answered }[] = [];
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const url = new URL(request.url ?? "/", "http://x");
      const one: Asked = {
        method: request.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: request.headers,
        body: new Uint8Array(Buffer.concat(pieces)),
      };
      asked.push(one);
      const found = routes.find(({ route }) => fits(route, one));
      give(response, found ? found.answer(one) : { status: 404, json: { detail: "nothing here" } });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    asked,
    on: (route, answer) => routes.unshift({ route, answer }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

export function textOf({ body }: Asked): string {
  return new TextDecoder().decode(body);
}

export function jsonOf(asked: Asked): Record<string, unknown> {
  return JSON.parse(textOf(asked)) as Record<string, unknown>;
}

function fits(route: string, { method, path }: Asked): boolean {
  const wanted = `${method} ${path}`;
  return route.endsWith("*") ? wanted.startsWith(route.slice(0, -1)) : wanted === route;
}

function give(response: ServerResponse, answer: Answered): void {
  if (typeof answer === "function") {
    answer(response);
    return;
  }
  const { status = 200, json, body, headers = {} } = answer;
  const kind = status >= 400 ? "application/problem+json" : "application/json";
  response.writeHead(status, { "Content-Type": kind, ...headers });
  response.end(json === undefined ? (body ?? "") : JSON.stringify(json));
}
