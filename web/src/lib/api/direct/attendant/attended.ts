import { hasEnded } from "$lib/components/states";
import type { JobDraft, JobEvent } from "../../types";
import { now } from "../common/clock";
import { parsed, table, text, type Table } from "../common/reading";
import { sleep } from "../common/sleep";
import type { Packed } from "../inputs/tar";
import {
  CHANNELS,
  Face,
  FaceAway,
  FaceRefused,
  faceAddress,
  type Channel,
  type FaceFile,
  type FaceJob,
  type Heard,
} from "../pod/face";
import { Feed } from "../pod/feed";
import type { Handle, Phase, Verdict } from "../pod/handle";
import type { Known } from "../pod/view";
import type { RunPod } from "../runpod/client";
import type { Fetch, Site, SiteFiles } from "../site/site";

/** How long is waited for what, in ms. */
export interface Waits {
  /** Between two looks at a pod that answers. */
  poll: number;
  /** Between two questions to RunPod. */
  look: number;
  /** Until a pod that was asked for, and whose answer was lost, must be in the list. */
  settle: number;
  /** That an offer is waited for when none has room. */
  capacity: number;
  /** Until a new pod must answer. */
  start: number;
  /** That a pod which answered may not, before RunPod is asked. */
  silence: number;
  /** That a pod has to end itself once all was fetched, before it is ended from here. */
  end: number;
  /** Between two looks at files. */
  large: number;
  /** Without a byte of a stream, after which it is asked by offset. */
  held: number;
  /** Between two looks at all pods of the account. */
  around: number;
}

export const WAITS: Waits = {
  poll: 1000,
  look: 5000,
  settle: 60_000,
  capacity: 1_800_000,
  start: 1_800_000,
  silence: 30_000,
  end: 60_000,
  large: 10_000,
  held: 20_000,
  around: 60_000,
};

/** What all jobs of a visit share. */
export interface Visit {
  readonly site: Site;
  readonly files: SiteFiles;
  readonly runpod: RunPod;
  readonly send: Fetch;
  /** By which this visit's pods are named. */
  readonly home: string;
  readonly origin: string;
  readonly waits: Waits;
  /** Values of secrets that are held now, by name. */
  readonly secrets: (names: Iterable<string>) => Record<string, string>;
}

export type Stopping = "save" | "now";

const RECORDS = /^(plan\.json|steps\/.+\.json)$/;

/** What is known of one job, and how that is told. */
export class Attended {
  readonly visit: Visit;
  readonly id: string;
  readonly handle: Handle;
  draft: JobDraft;
  started: number;
  job: FaceJob | null = null;
  stopping: Stopping | null = null;
  /** Whether its results were fetched, as somebody said here or to its pod. */
  collected = false;
  /** Whether its pod was ended from this page's list of pods. */
  endedHere = false;
  saw = 0;
  events: JobEvent[] = [];
  files: FaceFile[] = [];
  readonly records = new Map<string, Table>();
  readonly attempts: { created: number; overrides: Record<string, unknown> }[];
  readonly feeds: Readonly<Record<Channel, Feed>>;
  /** What has to reach the pod from this page. */
  packed: readonly Packed[] = [];

  readonly #listeners = new Set<() => void>();
  readonly #marks = new Map<string, number>();
  readonly #ending = new AbortController();
  #pausing: AbortController | null = null;
  #looking: Promise<void> | null = null;

  constructor(visit: Visit, id: string, draft: JobDraft, handle: Handle, started: number) {
    this.visit = visit;
    this.id = id;
    this.draft = draft;
    this.handle = handle;
    this.started = started;
    this.attempts = [{ created: started, overrides: {} }];
    const feed = (channel: Channel) =>
      new Feed((offset, limit) => this.face.read(channel, offset, limit, this.signal));
    this.feeds = { log: feed("log"), metrics: feed("metrics"), events: feed("events") };
  }

  get face(): Face {
    const { site, send, waits } = this.visit;
    if (!this.handle.pod) throw new FaceAway("there is no pod yet");
    const url = faceAddress(site.hosts.proxy, this.handle.pod, site.port);
    return new Face(url, this.handle.token, send, waits.held);
  }

  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  get over(): boolean {
    return this.handle.phase === "gone";
  }

  get known(): Known {
    return this;
  }

  // -- what happens -------------------------------------------------------------

  to(phase: Phase, more: Partial<Handle> = {}): void {
    const before = this.state;
    Object.assign(this.handle, { said: "", ...more, phase });
    if (phase === "gone") this.handle.ended ??= now();
    if (phase === "gone" && this.handle.created !== null) {
      const { created, ended, dollars_an_hour } = this.handle;
      const hours = ((ended ?? now()) - created) / 3600;
      this.event("cost", { dollars: Number((hours * dollars_an_hour).toFixed(4)) });
    }
    const after = this.state;
    if (after !== before && after) this.event("state", { state: after });
    this.changed();
  }

  /** The job is over, as the page sees it; what may cost is ended first. */
  end(verdict: Verdict): void {
    this.to(this.handle.asked ? "releasing" : "gone", { verdict });
  }

  /** What is going on while there is nothing else to see, in others' words at times. */
  say(said: string): void {
    if (said === this.handle.said) return;
    this.handle.said = said;
    if (said) this.event("pod", { said });
    this.changed();
  }

  event(name: string, about: Record<string, unknown> = {}): void {
    this.events = [...this.events, { t: now(), event: name, about }];
    this.changed();
  }

  /** What a pod says of its job. */
  heard(job: FaceJob): void {
    const known = this.job?.incarnation;
    if (known !== undefined && known !== job.incarnation) {
      for (const channel of CHANNELS) this.feeds[channel].reset();
      this.records.clear();
      this.#marks.clear();
    }
    this.job = job;
    this.saw = Date.now();
    this.collected ||= job.collected;
    if (job.deadline !== null) this.handle.deadline = job.deadline;
    this.handle.said = "";
    this.changed();
  }

  /** For a stream of the face, or for asking by offset. */
  readonly hearing: Heard = {
    job: (job) => {
      this.heard(job);
    },
    bytes: (channel, data, next) => {
      this.saw = Date.now();
      this.feeds[channel].push(data, next);
      if (channel === "events") this.#passOn(data);
      else if (channel === "log" && this.job) {
        this.job = { ...this.job, sizes: { ...this.job.sizes, log: next } };
      }
    },
    reset: (channel) => {
      this.feeds[channel].reset();
    },
  };

  /** Looks at the files again; what is under way already is waited for. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    try {
      const { face } = this;
      const files = await face.files(this.signal);
      for (const { path, mtime_ns } of files.filter((file) => RECORDS.test(file.path))) {
        if (this.#marks.get(path) === mtime_ns) continue;
        const record = await face.file(path, this.signal);
        this.records.set(path, table(parsed(await record.text())));
        this.#marks.set(path, mtime_ns);
      }
      this.files = files;
      this.changed();
    } catch (error) {
      if (this.signal.aborted) return;
      // The next look may see more.
      if (!(error instanceof FaceAway || error instanceof FaceRefused)) throw error;
    }
  }

  /** The pod's events are the job's, but for its begin and its end: the page says these itself. */
  #passOn(data: Uint8Array): void {
    const lines = new TextDecoder().decode(data).split("\n").filter(Boolean);
    const told = lines.flatMap((line) => {
      const { t, event, ...about } = table(parsed(line));
      const name = text(event);
      if (!name || name === "attempt") return [];
      if (name === "state" && hasEnded(about["state"] as never)) return [];
      return [{ t: Number(t ?? 0), event: name, about }];
    });
    if (told.length === 0) return;
    this.events = [...this.events, ...told];
    // A look that is under way may have begun before what they tell of was there.
    void Promise.resolve(this.#looking).then(() => this.look());
    this.changed();
  }

  // -- who listens --------------------------------------------------------------

  watch(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  changed(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  // -- time ---------------------------------------------------------------------

  /** Until then, or until somebody wants it to go on. */
  async pause(ms: number): Promise<void> {
    const pausing = (this.#pausing = new AbortController());
    await sleep(ms, AbortSignal.any([pausing.signal, this.signal])).catch(() => undefined);
    this.signal.throwIfAborted();
  }

  /** Ends a pause that is under way. */
  hurry(): void {
    this.#pausing?.abort();
  }

  /** Forgets the job; its pod goes on. */
  close(): void {
    this.#ending.abort(new DOMException("The page forgot this job", "AbortError"));
  }

  get state(): string {
    const { phase, verdict } = this.handle;
    if (phase === "gone") return verdict?.state ?? text(this.job?.state["state"]);
    return ["pushing", "offering", "creating", "waiting"].includes(phase) ? "provisioning" : "";
  }
}
