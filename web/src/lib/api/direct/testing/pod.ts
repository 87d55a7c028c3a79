import type { ServerResponse } from "node:http";
import type { Table } from "../common/reading";
import type { Channel, Offsets } from "../pod/face";
import { jsonOf, textOf, type Asked, type Answered, type TestServer } from "./server";

/** A pod's face for tests: its job folder in memory, in the words of the real one. */
export class TestPod {
  token = "";
  incarnation = "1";
  state: Table = { state: "preparing", phase: "prepare" };
  files: Record<string, string> = {};
  inputs: Record<string, { bytes: number; data: Uint8Array }> = {};
  stopped: unknown[] = [];
  collected = 0;
  /** Whether streams are held back by somebody on the way. */
  holds = false;
  away = false;
  readonly data: Record<Channel, string> = { log: "", metrics: "", events: "" };
  readonly #streams = new Set<{ response: ServerResponse; at: Record<Channel, number> }>();

  constructor(server: TestServer, path: string) {
    const on = (route: string, answer: (asked: Asked, rest: string) => Answered) => {
      const [method = "", rest = ""] = route.split(" ");
      const whole = `${method} ${path}/${rest}`;
      server.on(whole, (asked) => {
        if (this.away) return { status: 502, body: "bad gateway" };
        if (asked.headers.authorization !== `Bearer ${this.token}` && !rest.startsWith("t/"))
          return { status: 401, json: { code: "unauthorized", sentence: "Not yours." } };
        return answer(asked, decodeURIComponent(asked.path.slice(path.length + rest.length)));
      });
    };
    on("GET job", () => ({ json: this.job() }));
    on("GET read/*", ({ path: at, query }) => {
      const channel = at.split("/").at(-1) as Channel;
      const [offset, limit] = [Number(query.get("offset")), Number(query.get("limit"))];
      const all = Buffer.from(this.data[channel]);
      const piece = all.subarray(offset, offset + limit);
      const next = { "Tuneyard-Next": String(offset + piece.length), "Tuneyard-Reset": "0" };
      return { body: piece, headers: next };
    });
    on("GET stream", ({ query }) => (response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.flushHeaders();
      if (this.holds) return;
      const at = Object.fromEntries(
        (["log", "metrics", "events"] as const).map((name) => [name, Number(query.get(name) ?? 0)]),
      ) as Record<Channel, number>;
      this.#streams.add({ response, at });
      this.#tell();
    });
    on("GET files", () => ({
      json: Object.entries(this.files).map(([name, text]) => ({
        path: name,
        bytes: Buffer.byteLength(text),
        mtime_ns: 1e9 + text.length,
      })),
    }));
    on("GET files/*", ({ path: at }) => {
      const text = this.files[decodeURIComponent(at.slice(path.length + "/files/".length))];
      if (text === undefined) return { status: 404, json: { code: "no-file", sentence: "None." } };
      return { body: text, headers: { "Content-Type": "application/octet-stream" } };
    });
    on("POST tickets", () => ({ json: { url: "/t/ticket" } }));
    on("GET inputs/*", ({ path: at }) => ({ json: this.#input(at.split("/").at(-1) ?? "") }));
    on("PUT inputs/*", (asked) => this.#put(asked));
    on("POST stop", (asked) => {
      const { how } = jsonOf(asked);
      this.stopped.push(how);
      this.state = { ...this.state, stopping: { at: 5, how } };
      return { json: {} };
    });
    on("POST save", () => {
      this.state = { ...this.state, saving: { at: 5, events: 0 } };
      return { json: {} };
    });
    on("POST collected", () => {
      this.collected += 1;
      return { json: {} };
    });
  }

  job(): Record<string, unknown> {
    const inputs = Object.keys(this.inputs).map((sha) => [sha, this.#input(sha)]);
    return {
      format: 1,
      id: "job",
      incarnation: this.incarnation,
      now: 1,
      deadline: 5000,
      state: this.state,
      sizes: this.sizes,
      inputs: Object.fromEntries(inputs) as object,
      ended: ["succeeded", "failed", "stopped"].includes(String(this.state["state"])),
      collected: this.collected > 0,
      collect_until: null,
    };
  }

  get sizes(): Offsets {
    const size = (name: Channel) => Buffer.byteLength(this.data[name]);
    return { log: size("log"), metrics: size("metrics"), events: size("events") };
  }

  say(channel: Channel, text: string): void {
    this.data[channel] += text;
    this.#tell();
  }

  event(event: string, about: object = {}): void {
    this.say("events", `${JSON.stringify({ t: 1, event, ...about })}\n`);
  }

  to(state: Table): void {
    this.state = state;
    this.#tell();
  }

  breakStreams(): void {
    for (const { response } of this.#streams) response.destroy();
    this.#streams.clear();
  }

  #tell(): void {
    for (const stream of this.#streams) {
      const { response, at } = stream;
      const frame = (event: string, data: string) => {
        const id = `${at.log},${at.metrics},${at.events}`;
        const lines = data.split("\n").map((line) => `data: ${line}\n`);
        response.write(`event: ${event}\nid: ${id}\n${lines.join("")}\n`);
      };
      frame("job", JSON.stringify(this.job()));
      for (const channel of ["log", "metrics", "events"] as const) {
        const bytes = Buffer.from(this.data[channel]).subarray(at[channel]);
        if (!bytes.length) continue;
        at[channel] += bytes.length;
        if (channel === "log") frame(channel, bytes.toString("base64"));
        else frame(channel, bytes.toString().replace(/\n$/, ""));
      }
      if (this.job()["ended"]) {
        frame("job", JSON.stringify(this.job()));
        response.end();
        this.#streams.delete(stream);
      }
    }
  }

  #input(sha: string): Record<string, unknown> {
    const found = this.inputs[sha];
    const have = found?.data.length ?? 0;
    return { have, bytes: found?.bytes ?? 0, done: have === found?.bytes };
  }

  #put(asked: Asked): Answered {
    const sha = asked.path.split("/").at(-1) ?? "";
    const found = this.inputs[sha];
    if (!found) return { status: 404, json: { code: "no-input", sentence: "None." } };
    if (Number(asked.query.get("offset")) !== found.data.length)
      return {
        status: 409,
        json: { code: "offset", sentence: "Others are here.", ...this.#input(sha) },
      };
    found.data = Buffer.concat([found.data, Buffer.from(textOf(asked))]);
    return { json: this.#input(sha) };
  }
}
