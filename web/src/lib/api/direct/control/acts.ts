import { t } from "$lib/texts";
import { withValue } from "$lib/form/nested";
import { ProblemError } from "../../problem";
import type { JobDraft, JobView, Problem } from "../../types";
import { tellStop } from "../attendant/following";
import * as keys from "../common/keys";
import { KEY } from "../common/names";
import { problemOf, problemsError } from "../common/problems";
import { check, complete, missingSecrets, problemsOf } from "../drafts/checking";
import { asJobFile, readJobFile } from "../drafts/jobfile";
import { Planning } from "../drafts/planning";
import { Looking } from "../hub/looking";
import { FaceAway } from "../pod/face";
import { RunPodError, keyMissing } from "../runpod/errors";
import type { Fetch } from "../site/site";
import type { Jobs } from "../visit/jobs";
import type { DirectControl } from "./later";
import { faceProblem } from "./reads";

type Acts = Pick<
  DirectControl,
  | "jobs"
  | "job"
  | "create"
  | "check"
  | "plan"
  | "offers"
  | "read"
  | "remove"
  | "start"
  | "save"
  | "stop"
  | "resume"
  | "copy"
  | "jobFile"
  | "collected"
  | "upload"
  | "removeUpload"
>;

/** What can be done with jobs. */
export function acts(load: () => Promise<Jobs>, send: Fetch): Acts {
  let planned: Planning | null = null;
  let looks: Looking | null = null;
  const looking = ({ site }: Jobs) => (looks ??= new Looking(site, send));
  const planning = async () => (planned ??= new Planning(await load()));
  const job = async (id: string) => (await load()).find(id);
  const view = async (id: string): Promise<JobView> => (await load()).view(await job(id));

  return {
    async jobs({ state, recipe, text = "", offset = 0, limit = 50 } = {}) {
      const jobs = await load();
      if (keys.has(KEY)) {
        // Those that are known are shown at once; who follows the list hears of others.
        const found = jobs.attach().catch(passing);
        if (jobs.all().length) found.catch(() => undefined);
        else await found;
      }
      const words = text.toLowerCase().split(/\s+/).filter(Boolean);
      const rows = jobs
        .all()
        .map((each) => ({ ...jobs.row(each), trend: [] }))
        .filter((row) => !state?.length || (row.state !== null && state.includes(row.state)))
        .filter((row) => !recipe || row.recipe === recipe)
        .filter(({ id, name }) => {
          const said = `${id} ${name}`.toLowerCase();
          return words.every((word) => said.includes(word));
        });
      const page = rows.slice(offset, offset + limit).map((row) => ({
        ...row,
        waiting: row.waiting as JobView["waiting"],
      }));
      return { jobs: page, total: rows.length, counts: jobs.counts() };
    },
    job: view,
    async create(given) {
      const jobs = await load();
      return jobs.view(await jobs.launch(await mayStart(given, jobs, looking(jobs))));
    },
    async check(draft, { data = false } = {}, signal) {
      const jobs = await load();
      const { site } = jobs;
      const picked = (value: unknown) => jobs.picked(value) !== null;
      return check(draft, { site, picked, looking: looking(jobs), data, signal });
    },
    plan: async (draft) => (await planning()).plan(draft),
    offers: async (draft) => (await planning()).offers(draft),
    read: async (source) => readJobFile(source, (await load()).site),
    async remove(id) {
      if (!(await job(id)).over) throw unfit("not-over", t.direct.jobs.notOver);
      (await load()).remove(id);
    },
    async start(id) {
      (await job(id)).hurry();
      return view(id);
    },
    async save(id) {
      const { face } = await job(id);
      if (!(await view(id)).can_save)
        throw new ProblemError(problemOf(t.direct.jobs.cannotSave, "cannot-save", "", "", 409));
      await face.save().catch((error: unknown) => {
        throw faceProblem(error); // whether it is still wanted later, nobody knows
      });
      return view(id);
    },
    async stop(id, how) {
      const found = await job(id);
      if (found.handle.phase === "collecting") return this.collected(id);
      found.stopping = how;
      if (found.handle.phase === "running")
        await tellStop(found).catch((error: unknown) => {
          if (!(error instanceof FaceAway)) throw faceProblem(error); // it is told when it answers
        });
      found.changed();
      found.hurry();
      return view(id);
    },
    async resume(id, { overrides = {} } = {}) {
      const before = await job(id);
      if (!before.over) throw unfit("not-ended", t.direct.jobs.notEnded);
      const jobs = await load();
      const draft = await mayStart(changed(before.draft, overrides), jobs, looking(jobs));
      if (jobs.get(id) !== before) throw unfit("not-ended", t.direct.jobs.notEnded); // meanwhile
      return jobs.view(jobs.again(id, draft, overrides));
    },
    copy: async (id) => structuredClone((await job(id)).draft),
    jobFile: async (id) => asJobFile((await job(id)).draft, (await load()).site),
    async collected(id) {
      const found = await job(id);
      if (found.job)
        await found.face.collected(found.job.incarnation).catch((error: unknown) => {
          if (!(error instanceof FaceAway)) throw faceProblem(error);
        });
      found.collected = true;
      found.hurry();
      return view(id);
    },

    async upload(files, onprogress) {
      const jobs = await load();
      const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
      const { id, path } = jobs.pick(files);
      onprogress?.(bytes, bytes); // it stays here until a pod waits for it
      const most = Number.MAX_SAFE_INTEGER;
      const limits = { file_bytes: most, bytes: most, files: most };
      return { id, made: Date.now() / 1000, files: files.length, bytes, path, limits };
    },
    removeUpload: async (id) => {
      (await load()).unpick(id);
    },
  };
}

/**
 * A complete draft that nothing known stands against, here or on the Hub, which may be asked anew.
 * Rejects with a ProblemError that has all that does.
 */
async function mayStart(given: JobDraft, jobs: Jobs, looking: Looking): Promise<JobDraft> {
  const { draft, recipe } = complete(given, jobs.site);
  refuse(problemsOf(draft, recipe, jobs.site, (value) => jobs.picked(value) !== null));
  if (!keys.has(KEY)) throw keyMissing();
  refuse(missingSecrets(draft, recipe));
  const found = await Promise.all([looking.data(draft, recipe), looking.results(draft)]);
  refuse(found.flatMap(({ problems }) => problems));
  return draft;
}

function refuse(problems: readonly Problem[]): void {
  if (problems.some(({ severity }) => severity === "error")) throw problemsError(problems);
}

/** The same with some values set anew, by dotted path: "directories.0.path" is of a list's first. */
function changed(draft: JobDraft, overrides: Record<string, unknown>): JobDraft {
  const next = structuredClone(draft);
  for (const [path, value] of Object.entries(overrides)) {
    const [table, place] = tableOf(path);
    Object.assign(next[table], withValue(next[table], place, value));
  }
  return next;
}

function tableOf(path: string): ["settings" | "compute" | "results", string] {
  const [table = "", ...rest] = path.split(".");
  const named = rest.length > 0 && (table === "results" || table === "compute");
  if (named) return [table, rest.join(".")];
  return ["settings", table === "settings" ? rest.join(".") : path];
}

/** An error that passes, or that all pages tell of, is no reason to show nothing. */
function passing(error: unknown): void {
  if (!(error instanceof RunPodError && (error.passing || keys.isRefused(KEY)))) throw error;
}

function unfit(code: string, sentence: string): ProblemError {
  return new ProblemError(problemOf(sentence, code, t.direct.jobs.stopFirst, "", 409));
}
