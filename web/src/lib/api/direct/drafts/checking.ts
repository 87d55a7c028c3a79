import { t } from "$lib/texts";
import { ProblemError } from "../../problem";
import type { JobDraft, Problem, Report } from "../../types";
import * as keys from "../common/keys";
import { asProblem, problem } from "../common/problems";
import { text } from "../common/reading";
import { bytesOf } from "../common/words";
import { missingData, type Looking } from "../hub/looking";
import { localPaths, pickedIn } from "../inputs/paths";
import { tableCatalog } from "../runpod/catalog";
import { settingProblems } from "../runpod/offers";
import { listedSecrets, switchedOn } from "../runpod/request";
import { podSettings } from "../runpod/settings";
import { needsOf } from "../site/needs";
import { programOf, type Site, type SiteRecipe, type SiteSecret } from "../site/site";
import { completed } from "./jobfile";

const REPOSITORY = /^[\w.-]{1,96}\/[\w.-]{1,96}$/;

/** A complete draft, and its recipe. Throws a ProblemError with all that is wrong by its schemas. */
export function complete(draft: JobDraft, site: Site): { draft: JobDraft; recipe: SiteRecipe } {
  const whole = completed(draft, site);
  const recipe = site.recipes.find((each) => each.name === whole.recipe);
  if (!recipe) throw new Error("a complete draft has a recipe");
  return { draft: whole, recipe };
}

/** What a check needs to know, beside the job. */
export interface Checking {
  readonly site: Site;
  /** Whether what was picked here is still at hand. */
  readonly picked: (value: unknown) => boolean;
  readonly looking: Looking;
  /** Whether to look at the data, as far as it is on the Hub. */
  readonly data: boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What is wrong with a job, or may be, as far as a page can tell: the recipe's own rules, and
 * what is inside the data, are looked at in the pod's first minute.
 */
export async function check(draft: JobDraft, given: Checking): Promise<Report> {
  const { site, picked, data, looking, signal } = given;
  try {
    const found = complete(draft, site);
    const seen = problemsOf(found.draft, found.recipe, site, picked);
    const [results, looked] = await Promise.all([
      looking.results(found.draft, signal),
      data ? looking.data(found.draft, found.recipe, signal) : null,
    ]);
    const notChecked = [...results.notChecked, ...(looked?.notChecked ?? [])];
    const problems = [...seen, ...results.problems, ...(looked?.problems ?? [])];
    return reportOf(problems, notChecked, { ...results.facts, ...looked?.facts });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return reportOf(error.problems.length ? error.problems : [asProblem(error)], [], {});
  }
}

function reportOf(
  problems: readonly Problem[],
  notChecked: readonly string[],
  facts: Record<string, unknown>,
): Report {
  const ok = problems.every(({ severity }) => severity !== "error");
  return { ok, problems: [...problems], not_checked: [t.direct.check.later, ...notChecked], facts };
}

/** The same of a complete draft. */
export function problemsOf(
  draft: JobDraft,
  recipe: SiteRecipe,
  site: Site,
  picked: (value: unknown) => boolean,
): Problem[] {
  const settings = podSettings(draft, recipe, site.spare_gb);
  return [
    ...localPaths(draft, recipe),
    ...forgotten(draft, picked),
    ...missingData(draft, recipe),
    ...resultProblems(draft),
    ...settingProblems(needsOf(draft, recipe.needs), settings, tableCatalog(site.prices)),
    ...sizeProblems(draft, recipe, site),
  ];
}

/** Secrets that the job can't do without and nobody holds: its pod would end for want of them. */
export function missingSecrets(draft: JobDraft, recipe: SiteRecipe): Problem[] {
  const { secret, secretStep } = t.direct.check;
  const pushes = text(draft.results["repository"]) !== "";
  const ofPlan = (pushes ? recipe.pushing : recipe.plan).steps.flatMap(
    (step) => step.secrets ?? [],
  );
  const missing = (wanted: readonly SiteSecret[], field: string) =>
    wanted
      .filter(
        ({ name, fallback, required }) => required && !keys.has(name) && !keys.has(fallback ?? ""),
      )
      .map(({ name }) => problem(secret(name), "secret-missing", field, secretStep));
  const [listing] = recipe.secret_settings;
  const switched = switchedOn(recipe, draft);
  const ofSwitches = switched.flatMap(([, secrets]) => secrets);
  const listed = listedSecrets(recipe, draft).filter((each) => !ofSwitches.includes(each));
  return [
    ...missing(ofPlan, pushes ? "results.repository" : ""),
    ...missing(listed, listing ? `settings.${listing}` : ""),
    ...switched.flatMap(([name, secrets]) => missing(secrets, `settings.${name}`)),
  ];
}

/** Files that were picked in another visit are not here any more. */
function forgotten(draft: JobDraft, picked: (value: unknown) => boolean): Problem[] {
  const { forgotten, step } = t.direct.paths;
  return pickedIn(draft)
    .filter(([, value]) => !picked(value))
    .map(([name]) => problem(forgotten, "picked", `settings.${name}`, step));
}

function resultProblems({ results }: JobDraft): Problem[] {
  const said = t.direct.check;
  const repository = text(results["repository"]);
  const folder = text(results["folder"]);
  const found: Problem[] = [];
  if (repository && !REPOSITORY.test(repository))
    found.push(
      problem(
        said.repository(repository),
        "repository-name",
        "results.repository",
        said.repositoryStep,
      ),
    );
  if (folder.startsWith("/") || folder.split("/").includes(".."))
    found.push(
      problem(said.folder(folder), "repository-folder", "results.folder", said.folderStep),
    );
  return found;
}

/** Whether the job fits beside its program, which is known by its size. */
function sizeProblems(draft: JobDraft, recipe: SiteRecipe, site: Site): Problem[] {
  const said = t.direct.check;
  const program = programOf(recipe, draft.settings);
  if (!program) return [problem(t.direct.says.noProgram, "no-program")];
  const job = bytesOf(JSON.stringify(JSON.stringify(draft)));
  const room = site.limits.request - program.bytes - bytesOf(site.boot) - 1000;
  const most = Math.min(site.limits.job, room);
  if (job < most) return [];
  const [size, limit] = [job.toLocaleString("en"), most.toLocaleString("en")];
  return [problem(said.large(size, limit), "job-too-large", "", said.largeStep)];
}
