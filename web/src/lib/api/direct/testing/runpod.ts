import { TestPod } from "./pod";
import { jsonOf, type TestServer } from "./server";

const UNKNOWN_KEY = { status: 401, json: { detail: "unknown key" } };

/** RunPod for tests: its pods in memory, each with a face of its own on the same server. */
export class TestRunPod {
  readonly pods = new Map<string, Record<string, unknown>>();
  readonly faces = new Map<string, TestPod>();
  readonly made: Record<string, unknown>[] = [];
  stock = "HIGH";
  balance = 25;
  /** What happens to the next requests for a pod; then they are granted. */
  next: ("full" | "lost" | "lost-for-good" | "refused")[] = [];
  key = "rpa_canary";
  readonly server: TestServer;

  constructor(server: TestServer) {
    this.server = server;
    const gpu = (cloud: "secure" | "community", price: number) => ({
      id: "NVIDIA A40",
      name: "A40",
      memory: 48,
      price: { [cloud]: price },
      manufacturer: "NVIDIA",
      availability: this.stock,
    });
    server.on("GET /v2/catalog/gpus", ({ query, headers }) => {
      if (headers.authorization !== `Bearer ${this.key}`) return UNKNOWN_KEY;
      const found = query.get("cloud") === "SECURE" ? gpu("secure", 0.5) : gpu("community", 0.4);
      return { json: { gpus: [found] } };
    });
    server.on("POST /graphql", () => ({
      json: { data: { myself: { clientBalance: this.balance, currentSpendPerHr: 0 } } },
    }));
    server.on("GET /v2/pods", ({ headers }) =>
      headers.authorization === `Bearer ${this.key}`
        ? { json: { pods: [...this.pods.values()] } }
        : UNKNOWN_KEY,
    );
    server.on("GET /v2/pods/*", ({ path }) => {
      const pod = this.pods.get(path.split("/").at(3) ?? "");
      if (path.endsWith("/logs")) return { body: "" };
      return pod ? { json: pod } : { status: 404, json: { detail: "no such pod" } };
    });
    server.on("POST /v2/pods/*", ({ path }) => {
      this.remove(path.split("/").at(3) ?? "");
      return { status: 204 };
    });
    server.on("POST /v2/pods", (asked) => {
      const how = this.next.shift();
      const request = jsonOf(asked);
      this.made.push(request);
      if (how === "full")
        return { status: 400, json: { detail: "no longer any instances available" } };
      if (how === "refused") return { status: 422, json: { detail: "No such image." } };
      const pod = how === "lost-for-good" ? null : this.add(request);
      if (how) return (response) => response.destroy();
      return { status: 201, json: pod };
    });
  }

  /** A pod as if somebody had asked for it. */
  add(request: Record<string, unknown>): Record<string, unknown> {
    const id = `pod${this.pods.size + this.made.length}`;
    const createdAt = new Date().toISOString();
    const pod = { ...request, id, status: "RUNNING", cost: 0.4, createdAt, runtime: { uptime: 1 } };
    this.pods.set(id, pod);
    const face = new TestPod(this.server, `/face/${id}`);
    face.token = (request["env"] as Record<string, string>)["TUNEYARD_FACE_TOKEN"] ?? "";
    this.faces.set(id, face);
    return pod;
  }

  remove(id: string): void {
    this.pods.delete(id);
    const face = this.faces.get(id);
    if (face) face.away = true;
    face?.breakStreams();
  }

  get face(): TestPod {
    const [, last] = [...this.faces].at(-1) ?? [];
    if (!last) throw new Error("there is no pod");
    return last;
  }

  get only(): string {
    const [id] = [...this.pods.keys()];
    if (!id) throw new Error("there is no pod");
    return id;
  }
}
