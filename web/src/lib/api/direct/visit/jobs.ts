import { t } from "$lib/texts";
import { ProblemError } from "../../problem";
import type { JobDraft, JobRow, JobView } from "../../types";
import { attach } from "../attendant/attach";
import { Attended, WAITS, type Visit, type Waits } from "../attendant/attended";
import { attend } from "../attendant/following";
import { now } from "../common/clock";
import * as keys from "../common/keys";
import { KEY, newHome, newJobId, newToken, parsePodName, podName } from "../common/names";
import { asProblem, problemOf } from "../common/problems";
import { isRecipe, packedRecipe, recipeAlone } from "../inputs/alone";
import { PICKED, pickedIn } from "../inputs/paths";
import { pack, type Packed, type PickedFile } from "../inputs/tar";
import { newHandle } from "../pod/handle";
import { rowOf, viewOf } from "../pod/view";
import { RunPod } from "../runpod/client";
import { RunPodError } from "../runpod/errors";
import type { Pod } from "../runpod/pods";
import { Ways, type Way } from "../runpod/way";
import { Wire, type Judge, type Patience } from "../runpod/wire";
import type { Fetch, Site, SiteFiles } from "../site/site";

export interface VisitOptions {
  files: SiteFiles;
  send: Fetch;
  /** Whether a key may travel through this host; asked once, and only where it must be. */
  ask: (host: string) => Promise<boolean>;
  /** How keys travel has changed. */
  way?: (way: Way | null) => void;
  /** The page's own origin, which pods let ask them. */
  origin?: string;
  waits?: Partial<Waits>;
  patience?: Partial<Patience>;
}

/** All jobs that this page knows: those that it started, and those that it found again. */
export class Jobs {
  readonly site: Site;
  readonly ways: Ways;
  readonly runpod: RunPod;
  readonly #visit: Visit;
  readonly #with: (key: () => string | undefined, judge?: Judge) => RunPod;
  readonly #jobs = new Map<string, Attended>();
  readonly #listeners = new Set<(changed: Attended | null, removed: string) => void>();
  /** Ids of pods that no page of ours can follow. */
  readonly #foreign = new Set<string>();
  readonly #picked = new Map<string, readonly PickedFile[]>();
  #finding: Promise<Pod[]> | null = null;
  #around: ReturnType<typeof setTimeout> | undefined;

  constructor(site: Site, options: VisitOptions) {
    this.site = site;
    const { send, files, ask, way } = options;
    const pass = site.hosts.pass ? files.address(site.hosts.pass) : "";
    this.ways = new Ways({
      address: site.hosts.runpod.replace(/\/+$/, ""),
      pass,
      ask,
      send,
      ...(way ? { changed: way } : {}),
    });
    const waits = { ...WAITS, ...options.waits };
    this.#with = (key, judge) =>
      new RunPod(new Wire(this.ways, key, options.patience, judge), waits.look);
    this.runpod = this.#with(
      () => keys.key(KEY),
      (key, known) => {
        keys.judge(KEY, key, known);
      },
    );
    this.#visit = {
      site,
      files,
      runpod: this.runpod,
      send,
      home: newHome(),
      origin: options.origin ?? location.origin,
      waits,
      secrets: (names) => keys.some(names),
    };
  }

  /** RunPod with a key that is only tried. */
  trying(key: string): RunPod {
    return this.#with(() => key);
  }

  get home(): string {
    return this.#visit.home;
  }

  get origin(): string {
    return this.#visit.origin;
  }

  get files(): SiteFiles {
    return this.#visit.files;
  }

  all(): Attended[] {
    return [...this.#jobs.values()].sort((a, b) => b.started - a.started);
  }

  /** Throws a ProblemError for one that this page doesn't know. */
  get(id: string): Attended {
    const found = this.#jobs.get(id);
    if (found) return found;
    const { noJob, noJobStep } = t.direct.jobs;
    throw new ProblemError(problemOf(noJob(id), "no-job", noJobStep, "", 404));
  }

  /**
   * The same, after a look for pods of an earlier visit where that may help. A look that fails
   * says why: whether there is such a job isn't known then.
   */
  async find(id: string): Promise<Attended> {
    if (!this.#jobs.has(id) && keys.has(KEY)) await this.attach();
    return this.get(id);
  }

  /** Finds pods of earlier visits, and follows them; answers all pods of the account. */
  attach(): Promise<Pod[]> {
    this.#finding ??= this.#attach().finally(() => {
      this.#finding = null;
    });
    return this.#finding;
  }

  async #attach(): Promise<Pod[]> {
    const pods = await this.runpod.pods();
    const known = (id: string) => this.#jobs.has(id);
    for (const job of await attach(this.#visit, pods, known, this.#foreign)) this.#add(job);
    return pods;
  }

  /** Starts a job: `draft` is complete, and what was picked for it is packed first. */
  async launch(draft: JobDraft): Promise<Attended> {
    const packed = await this.pack(draft);
    const id = newJobId(draft.name || draft.recipe, new Date(), (each) => this.#jobs.has(each));
    const handle = newHandle(podName(this.#visit.home, id), newToken());
    const job = new Attended(this.#visit, id, draft, handle, now());
    job.packed = packed;
    job.event("attempt", { attempt: 1, offset: 0 });
    job.event("state", { state: "provisioning" });
    this.#add(job);
    return job;
  }

  /** Another attempt of a job that has ended, on another pod. */
  again(id: string, draft: JobDraft, overrides: Record<string, unknown>): Attended {
    const before = this.get(id);
    const attempt = before.handle.attempt + 1;
    const handle = newHandle(podName(this.#visit.home, id), newToken(), attempt);
    const job = new Attended(this.#visit, id, draft, handle, now());
    job.attempts.unshift(...before.attempts);
    job.attempts[attempt - 1] = { created: job.started, overrides };
    const data = before.packed.filter(({ entry }) => !isRecipe(entry));
    job.packed = [...this.#recipe(draft), ...data];
    job.events = before.events;
    job.event("attempt", { attempt, offset: 0 });
    before.close();
    this.#add(job);
    return job;
  }

  /** Forgets a job; its pod is not touched. */
  remove(id: string): void {
    this.get(id).close();
    this.#jobs.delete(id);
    for (const listener of [...this.#listeners]) listener(null, id);
  }

  /** Forgets all of them: what they rent goes on by itself. */
  forget(): void {
    for (const id of [...this.#jobs.keys()]) this.remove(id);
    this.#picked.clear();
    this.ways.choose(null);
  }

  /** Hurries all that waits: the network is back, or somebody looks. */
  hurry(): void {
    for (const job of this.#jobs.values()) job.hurry();
  }

  /** Calls with each job that changes or comes, and with the ids of those that go. */
  watch(listener: (changed: Attended | null, removed: string) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** The job of a pod, if this page follows it. */
  ofPod(pod: Pod): Attended | null {
    const named = parsePodName(pod.name);
    return named ? (this.#jobs.get(named.job) ?? null) : null;
  }

  // -- as pages show them --------------------------------------------------------

  view(job: Attended): JobView {
    return viewOf(job.known, this.site, now());
  }

  row(job: Attended): JobRow {
    return rowOf(job.known, this.site, now());
  }

  /** Jobs by state. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const job of this.all()) {
      const { state } = this.row(job);
      if (state) counts[state] = (counts[state] ?? 0) + 1;
    }
    return counts;
  }

  // -- what was picked ----------------------------------------------------------

  /** Keeps files of this computer until a job needs them; answers what stands for them. */
  pick(files: readonly PickedFile[]): { id: string; path: string } {
    const id = crypto.randomUUID().slice(0, 8);
    const name = files[0]?.path.split("/")[0] ?? "";
    this.#picked.set(id, files);
    return { id, path: `${PICKED}${id}/${name}` };
  }

  unpick(id: string): void {
    this.#picked.delete(id);
  }

  picked(value: unknown): readonly PickedFile[] | null {
    if (typeof value !== "string" || !value.startsWith(PICKED)) return null;
    return this.#picked.get(value.slice(PICKED.length).split("/")[0] ?? "") ?? null;
  }

  /** All that has to reach a pod, the recipe first: without it a pod knows nothing of its job. */
  async pack(draft: JobDraft): Promise<Packed[]> {
    const packed = this.#recipe(draft);
    for (const [setting, value] of pickedIn(draft)) {
      const files = this.picked(value);
      if (files) packed.push(await pack(setting, files));
    }
    return packed;
  }

  #recipe(draft: JobDraft): Packed[] {
    const entry = recipeAlone(draft, this.site);
    return entry ? [packedRecipe(entry, this.files)] : [];
  }

  /**
   * Now and then, while a job goes on: pods are followed without the account's key, so nobody
   * else would see that it has expired, nor what another page starts.
   */
  #lookAround(): void {
    if (this.#around !== undefined) return;
    this.#around = setTimeout(() => {
      this.#around = undefined;
      if (this.all().every(({ over }) => over)) return;
      if (keys.has(KEY)) void this.attach().catch(() => undefined); // whoever asks for pods says it
      this.#lookAround();
    }, this.#visit.waits.around);
  }

  #add(job: Attended): void {
    this.#jobs.set(job.id, job);
    const tell = () => {
      if (this.#jobs.get(job.id) === job)
        for (const listener of [...this.#listeners]) listener(job, "");
    };
    job.watch(tell);
    tell();
    this.#lookAround();
    void attend(job).catch((error: unknown) => {
      // A mistake of ours, or a key that was forgotten meanwhile: the job says so, and goes on.
      const said = error instanceof ProblemError ? asProblem(error).sentence : String(error);
      job.say(said);
      if (!(error instanceof RunPodError)) throw error;
    });
  }
}
