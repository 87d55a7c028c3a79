import { markOf } from "$lib/components/states";
import { readFields } from "$lib/form/schema";
import { Validation } from "$lib/form/validate";
import { spentOf } from "$lib/money";
import { t } from "$lib/texts";
import type {
  Cause,
  FileSize,
  JobDraft,
  JobEvent,
  JobFile,
  JobPod,
  JobRow,
  JobView,
  SpokenSample,
  StepView,
  Warned,
} from "../../types";
import { items, number, table, text, whole, type Table } from "../common/reading";
import type { Site, SitePlan, SiteRecipe } from "../site/site";
import type { FaceFile, FaceJob } from "./face";
import type { Handle } from "./handle";
import { shown, stopping, type Shown } from "./shown";

/** All that the page knows of one job. */
export interface Known {
  readonly id: string;
  readonly draft: JobDraft;
  readonly handle: Handle;
  /** When its newest attempt began. */
  readonly started: number;
  /** What the pod said last; null before. */
  readonly job: FaceJob | null;
  /** When it was heard last, in ms since 1970. */
  readonly saw: number;
  /** How it was asked to stop. */
  readonly stopping: "save" | "now" | null;
  readonly events: readonly JobEvent[];
  readonly files: readonly FaceFile[];
  /** The runner's own files, by path: the plan, and how steps ended. */
  readonly records: ReadonlyMap<string, Table>;
  readonly attempts: readonly { created: number; overrides: Record<string, unknown> }[];
}

/** A job as one object, in the shape in which a server shows one. */
export function viewOf(known: Known, site: Site, now: number): JobView {
  const { draft, events, files, attempts } = known;
  const state = stateOf(known, site);
  const recipe = site.recipes.find((each) => each.name === draft.recipe);
  const repository = text(draft.results["repository"]);
  return {
    format: 1,
    ...briefOf(known, state, now),
    folder: "",
    repository: repository ? { name: repository, url: `${site.hosts.hub}/${repository}` } : null,
    phase: (state["phase"] as JobView["phase"] | undefined) ?? null,
    attempts: attempts.map(({ created, overrides }, n) => ({
      number: n + 1,
      created,
      profile: "",
      overrides,
      only: null,
    })),
    steps: stepsOf(known, state, recipe),
    can_save: canSave(known, state),
    saving: canSave(known, state) ? number(table(state["saving"])["at"]) : null,
    warnings: events.filter((each) => each.event === "warning").map(warned),
    fix: fixOf(state.cause, recipe),
    outputs: sizesIn(files, "outputs/"),
    samples: sizesIn(files, "samples/").filter(({ path }) => !path.endsWith(".json")),
    log: { path: "output.log", bytes: known.job?.sizes.log ?? 0 },
  };
}

/** A job as a row of the list. */
export function rowOf(known: Known, site: Site, now: number): JobRow {
  return { ...briefOf(known, stateOf(known, site), now), trend: [] };
}

/** What a job left, as a list for people. */
export function filesOf(files: readonly FaceFile[]): JobFile[] {
  return files.map((file) => ({
    path: file.path,
    bytes: file.bytes,
    modified: file.mtime_ns / 1e9,
    kind: kindOf(file),
  }));
}

/** The samples of one group, from its folder's `samples.json`; `epoch` there counts from 0. */
export function samplesOf(
  listing: FaceFile,
  noted: Table,
  files: readonly FaceFile[],
): SpokenSample[] {
  const folder = listing.path.slice(0, listing.path.lastIndexOf("/"));
  const there = new Set(files.map((file) => file.path));
  const epoch = number(noted["epoch"]);
  return items(noted["samples"])
    .map((sample) => ({
      path: `${folder}/${text(sample["file"])}`,
      group: folder.slice(folder.lastIndexOf("/") + 1),
      epoch: epoch === null ? null : epoch + 1,
      text: text(sample["text"]),
      speaker: text(sample["speaker"]) || null,
      seconds: number(sample["seconds"]),
      silent: Boolean(sample["silent"]),
      made: listing.mtime_ns / 1e9,
    }))
    .filter(({ path }) => there.has(path));
}

function stateOf({ handle, job, started }: Known, site: Site): Shown {
  return shown(handle, job?.state ?? {}, started, site.hosts.console);
}

function briefOf(
  known: Known,
  state: Shown,
  now: number,
): Omit<JobRow, "trend" | "waiting"> & Pick<JobView, "waiting"> {
  const { id, draft, files, attempts } = known;
  const progress = table(state["progress"]);
  return {
    id,
    name: draft.name,
    recipe: draft.recipe,
    compute: draft.compute.name,
    state: state.state,
    outcome: state.outcome,
    attempt: state.attempt,
    created: attempts[0]?.created ?? null,
    started: state.started,
    ended: state.ended,
    progress: {
      step: number(progress["step"]),
      steps: number(progress["steps"]),
      epoch: number(progress["epoch"]),
      epochs: number(progress["epochs"]),
      epoch_steps: number(progress["epoch_steps"]),
      seconds_left: number(progress["seconds_left"]),
      caching: cachingOf(progress["caching"]),
    },
    figure: table(state["figure"]) as JobRow["figure"],
    needs: [],
    waiting: silenceOf(known) ?? waitingOf(state),
    stopping: state.ended === null ? stopOf(known, state) : null,
    cause: causeOf(state.cause),
    sampled: files.some(({ path }) => path.startsWith("samples/")),
    pod: podOf(state, now),
  };
}

function podOf(state: Shown, now: number): JobPod | null {
  if (!state.pod) return null;
  const pod = state.pod as unknown as JobPod;
  return { ...pod, spent: Number(spentOf(pod, now).toFixed(4)) };
}

function cachingOf(said: unknown): JobView["progress"]["caching"] {
  const { what, where, done, of } = table(said);
  return what === undefined
    ? null
    : { what: text(what), where: text(where), done: whole(done), of: whole(of) };
}

/** Whether what runs in its pod can be asked now for a checkpoint, and go on. */
function canSave(known: Known, state: Shown): boolean {
  const goesOn = state.state === "training" && stopOf(known, state) === null;
  return goesOn && table(state["step"])["saves"] === true;
}

/** How it was asked to stop, here or elsewhere: at once counts more. */
function stopOf(known: Known, state: Shown): Known["stopping"] {
  const noted = stopping(state);
  return noted === "now" ? noted : (known.stopping ?? noted);
}

/** A pod that should answer and doesn't: then others say something in its place. */
function silenceOf({ handle, saw }: Known): JobView["waiting"] {
  if (handle.phase !== "running" || handle.said === "") return null;
  const said = handle.said === t.direct.says.silent ? "" : handle.said; // as the page says anyway
  return { for: "silence", before: 0, said, names: [], since: saw / 1000, upload: null };
}

function waitingOf({ waiting }: Shown): JobView["waiting"] {
  if (!waiting) return null;
  const upload = table(waiting["upload"]);
  return {
    for: text(waiting["for"]),
    before: whole(waiting["before"]),
    said: text(waiting["said"]),
    names: Array.isArray(waiting["names"]) ? waiting["names"].map(text) : [],
    since: number(waiting["since"]),
    upload:
      "bytes" in upload ? { sent: whole(upload["sent"]), bytes: whole(upload["bytes"]) } : null,
  };
}

function causeOf(said: unknown): Cause | null {
  const cause = table(said);
  if (!("sentence" in cause)) return null;
  const lines = Array.isArray(cause["lines"]) ? cause["lines"].map(text) : [];
  return {
    code: text(cause["code"]),
    sentence: text(cause["sentence"]),
    next_step: text(cause["next_step"]),
    fix: table(cause["fix"]) as Cause["fix"],
    lines,
  };
}

/** Settings to start again with, as a cause advises; advice that is none of the recipe's is words. */
function fixOf(said: unknown, recipe: SiteRecipe | undefined): Record<string, string> {
  const fields = recipe ? readFields(recipe.schema) : [];
  const fix = Object.entries(table(table(said)["fix"])).map(([name, value]) => {
    const field = fields.find((each) => each.name === name);
    const numeric = field?.kind === "integer" || field?.kind === "number";
    const taken = numeric ? Number(value) : value;
    const fits = field && !new Validation([field]).problems({ [name]: taken }).size;
    return fits ? [name, text(value)] : [];
  });
  return Object.fromEntries(fix.filter((each) => each.length)) as Record<string, string>;
}

function stepsOf(known: Known, state: Shown, recipe: SiteRecipe | undefined): StepView[] {
  const { records, handle, draft } = known;
  const plan: SitePlan | undefined = draft.results["repository"] ? recipe?.pushing : recipe?.plan;
  const told = items(records.get("plan.json")?.["steps"]);
  const steps = told.length ? told : items(plan?.steps);
  const running = state.ended === null ? number(table(state["step"])["n"]) : null;
  return steps.map((step, at) => {
    const n = at + 1;
    const record = records.get(`steps/${n}.json`);
    const [from, to] = [number(record?.["started"]), number(record?.["ended"])];
    return {
      n,
      name: text(step["name"]),
      title: text(step["title"]),
      phase: text(step["phase"]) as StepView["phase"],
      state: stepState(record, state, n === running),
      exit: typeof record?.["exit"] === "number" ? record["exit"] : null,
      seconds: from !== null && to !== null ? Number((to - from).toFixed(3)) : null,
      attempt: record ? handle.attempt : null,
    };
  });
}

function stepState(record: Table | undefined, state: Shown, running: boolean): StepView["state"] {
  if (!record) return running ? "running" : "waiting";
  if (record["exit"] === 0) return "done";
  if (typeof record["exit"] !== "number") return "lost";
  return markOf(state) === "stopped" ? "stopped" : "failed";
}

function warned({ t, about }: JobEvent): Warned {
  const cause = table(about["cause"]);
  return {
    t,
    title: text(about["title"] ?? about["step"]),
    sentence: text(cause["sentence"]) || `It ended with exit code ${text(about["exit"])}.`,
    next_step: text(cause["next_step"]),
  };
}

function sizesIn(files: readonly FaceFile[], folder: string): FileSize[] {
  return files
    .filter(({ path }) => path.startsWith(folder))
    .map(({ path, bytes }) => ({ path, bytes }));
}

function kindOf({ path, checkpoint }: FaceFile): JobFile["kind"] {
  if (checkpoint) return "checkpoint";
  if (path.startsWith("outputs/")) return "output";
  return path.startsWith("samples/") ? "sample" : "record";
}
