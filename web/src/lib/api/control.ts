import type {
  Choice,
  Cleaned,
  ComputeView,
  Disk,
  JobDraft,
  JobEvent,
  JobFile,
  JobPage,
  JobView,
  Keep,
  Offers,
  Place,
  Planned,
  Pods,
  PodView,
  Profile,
  ProfileDefaults,
  Queue,
  RecipeBrief,
  RecipeView,
  Report,
  SecretView,
  Series,
  SpokenSample,
  State,
  System,
  Tested,
  Upload,
} from "./types";

/** Part of a list, as one asks for it. */
export interface JobsWanted {
  /** Any of these; leave out for all. */
  state?: readonly State[];
  recipe?: string;
  text?: string;
  offset?: number;
  limit?: number;
}

export interface SeriesWanted {
  x?: "step" | "t";
  /** The most points a line is thinned to. */
  points?: number;
  names?: readonly string[];
  begin?: number;
  end?: number;
}

/** Bytes of a log. `reset`: the file began again, so what was read before is gone. */
export interface LogPart {
  bytes: Uint8Array<ArrayBuffer>;
  start: number;
  next: number;
  size: number;
  reset: boolean;
}

export interface SecretToTest {
  /** Leave out to test the one that is kept. */
  value?: string;
  repository?: string;
  profile?: string;
}

/** What an adapter can do, so that a page shows nothing that would fail. */
export interface Abilities {
  /** Jobs on this computer: start them, read folders, clean the disk. */
  local: boolean;
  /** Files can be sent to where jobs run. */
  upload: boolean;
  /** Secrets outlive the page. */
  keepSecrets: boolean;
  /** Secrets and defaults can be kept as profiles. */
  profiles: boolean;
  /** Results can be pushed to the Hub when a job has ended. */
  push: boolean;
  /** Files have addresses that a link may hold; else `open` asks for one when it is wanted. */
  links: boolean;
  /** Results wait where the job ran until one says that they are fetched, by stopping it. */
  collect: boolean;
}

/** An address that may end: `release` says that it isn't needed any more. */
export interface Opened {
  address: string;
  release: () => void;
  /** Its bytes, where the page has them anyway. */
  blob?: Blob;
}

/**
 * Everything that pages ask for. They know no adapter: server.ts talks to Tuneyard's server.
 * Every call rejects with a ProblemError, which has the sentence to show, or with an
 * UnreachableError. A call that only reads takes a signal that ends it.
 */
export interface Control {
  readonly can: Abilities;

  jobs(wanted?: JobsWanted, signal?: AbortSignal): Promise<JobPage>;
  job(id: string, signal?: AbortSignal): Promise<JobView>;
  create(job: JobDraft, how?: { profile?: string }): Promise<JobView>;
  check(
    job: JobDraft,
    how?: { data?: boolean; profile?: string },
    signal?: AbortSignal,
  ): Promise<Report>;
  /** `profile`: whose secrets and defaults it would be given. */
  plan(job: JobDraft, how?: { profile?: string }, signal?: AbortSignal): Promise<Planned>;
  /** A job from the text of its file. */
  read(text: string): Promise<JobDraft>;
  demo(recipe: string): Promise<JobView>;
  remove(id: string): Promise<void>;
  start(id: string): Promise<JobView>;
  /** Asks for a checkpoint, without an end; see `can_save` of a job. */
  save(id: string): Promise<JobView>;
  stop(id: string, how: "save" | "now"): Promise<JobView>;
  resume(
    id: string,
    how?: { overrides?: Record<string, unknown>; profile?: string },
  ): Promise<JobView>;
  push(id: string, repository?: string): Promise<JobView>;
  copy(id: string, signal?: AbortSignal): Promise<JobDraft>;
  jobFile(id: string, signal?: AbortSignal): Promise<string>;

  /** A negative offset counts from the end. */
  log(id: string, offset: number, limit: number, signal?: AbortSignal): Promise<LogPart>;
  series(id: string, wanted?: SeriesWanted, signal?: AbortSignal): Promise<Series>;
  events(id: string, signal?: AbortSignal): Promise<JobEvent[]>;
  files(id: string, signal?: AbortSignal): Promise<JobFile[]>;
  samples(id: string, signal?: AbortSignal): Promise<SpokenSample[]>;
  /** The text of a small file of a job. */
  fileText(id: string, path: string, signal?: AbortSignal): Promise<string>;

  /** The figures as a table, with a line a step. */
  metricsText(id: string): Promise<string>;
  /** An address of a file, for sound, pictures and downloads. */
  open(id: string, path: string): Promise<Opened>;
  /** Addresses for links, audio and downloads; empty where there are none that last. */
  fileAddress(id: string, path: string): string;
  zipAddress(id: string, paths: readonly string[]): string;
  logAddress(id: string): string;
  metricsAddress(id: string): string;
  jobFileAddress(id: string): string;

  queue(signal?: AbortSignal): Promise<Queue>;
  reorder(order: readonly string[]): Promise<Queue>;

  recipes(signal?: AbortSignal): Promise<RecipeBrief[]>;
  recipe(name: string, signal?: AbortSignal): Promise<RecipeView>;
  choices(recipe: string, setting: string, find: string, signal?: AbortSignal): Promise<Choice[]>;
  computes(signal?: AbortSignal): Promise<ComputeView[]>;
  /** What could be rented for a job on the compute that it names. */
  offers(job: JobDraft, how?: { profile?: string }, signal?: AbortSignal): Promise<Offers>;

  pods(signal?: AbortSignal): Promise<Pods>;
  endPod(id: string): Promise<void>;
  /** Pods whose jobs are over: those that would be ended, or with `yes` were. */
  sweepPods(yes: boolean): Promise<PodView[]>;

  system(signal?: AbortSignal): Promise<System>;
  disk(signal?: AbortSignal): Promise<Disk>;
  clean(items: readonly string[]): Promise<Cleaned>;
  places(path: string, signal?: AbortSignal): Promise<Place[]>;

  /** Sends files, named by their paths inside what was dropped, and answers the whole. */
  upload(
    files: readonly { path: string; file: Blob }[],
    onprogress?: (sent: number, total: number) => void,
    signal?: AbortSignal,
  ): Promise<Upload>;
  removeUpload(id: string): Promise<void>;

  secrets(profile?: string, signal?: AbortSignal): Promise<SecretView[]>;
  keepSecret(name: string, value: string, keep: Keep, profile?: string): Promise<void>;
  removeSecret(name: string, profile?: string): Promise<void>;
  testSecret(name: string, what?: SecretToTest, signal?: AbortSignal): Promise<Tested>;

  profiles(signal?: AbortSignal): Promise<Profile[]>;
  keepProfile(
    name: string,
    profile: { title?: string; defaults?: ProfileDefaults },
  ): Promise<Profile>;
  removeProfile(name: string): Promise<void>;
}
