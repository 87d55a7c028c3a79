import { t } from "$lib/texts";
import { ProblemError, UnreachableError } from "../../problem";
import type { Offer, Problem } from "../../types";
import { now } from "../common/clock";
import { problemOf } from "../common/problems";
import type { Verdict } from "../pod/handle";
import { creditProblems } from "../runpod/credit";
import { RunPodError, unsure } from "../runpod/errors";
import { deadline, fullPrice } from "../runpod/limits";
import { candidates, centerOf, offersOf, unknownGpus } from "../runpod/offers";
import { isRunning, type Pod } from "../runpod/pods";
import { buildRequest, bytesOfData, secretNames } from "../runpod/request";
import { podSettings, type PodSettings } from "../runpod/settings";
import { needsOf } from "../site/needs";
import { programOf, type SiteRecipe } from "../site/site";
import type { Attended } from "./attended";
import * as verdicts from "./verdicts";

/** How a job gets a pod: one offer after the other, and never two for one job. */

const CLOCKS_APART = 300; // seconds that RunPod's clock and ours may differ
const MOST_LOST = 3; // answers in a row; then somebody on the way keeps them

/** No pod is asked for, and this says why. */
class NotToBe extends Error {
  override readonly name = "NotToBe";
  readonly verdict: Verdict;

  constructor(verdict: Verdict) {
    super(verdict.state);
    this.verdict = verdict;
  }
}

/** Tries the offers in order, again and again, until there is a pod or it is no use. */
export async function ask(here: Attended): Promise<void> {
  const { waits } = here.visit;
  const begun = Date.now();
  let warned = false;
  let lost = 0;
  for (;;) {
    let wait = waits.look;
    try {
      const places = await look(here);
      if (!warned) warn(here, places.problems);
      warned = true;
      for (const offer of places.offers) {
        mustGoOn(here);
        const taken = await take(here, offer, places.settings, places.center);
        if (taken === "taken") return;
        if (taken === "unsure") {
          if (await find(here)) return;
          lost += 1;
          if (lost >= MOST_LOST) throw new NotToBe(verdicts.refused(unsure()));
          break;
        }
        lost = 0;
      }
      here.say(t.direct.says.noneFree);
    } catch (error) {
      if (here.signal.aborted) throw error;
      if (error instanceof NotToBe) {
        here.end(error.verdict);
        return;
      }
      if (error instanceof ProblemError && !(error instanceof RunPodError && error.passing)) {
        here.end(verdicts.refused(error));
        return;
      }
      if (error instanceof RunPodError) wait = Math.max(wait, error.seconds * 1000);
      else if (!(error instanceof UnreachableError)) throw error; // the site's own files
      here.say(error.message);
    }
    await here.pause(wait);
    if (Date.now() > begun + waits.capacity) {
      here.end(verdicts.noRoom());
      return;
    }
  }
}

/** After a lost answer: whether there is a pod. Only if not may one be asked for again. */
export async function find(here: Attended): Promise<boolean> {
  const { runpod, waits } = here.visit;
  const asked = here.handle.asked ?? now();
  for (;;) {
    try {
      const found = ours(await runpod.pods(here.signal), here.handle.name, asked);
      if (found) {
        have(here, found);
        return true;
      }
      if (Date.now() > asked * 1000 + waits.settle) {
        const { gpu, cloud } = here.handle;
        here.event("offer", { gpu, cloud, outcome: "lost" });
        here.to("offering", { asked: null });
        return false;
      }
    } catch (error) {
      if (!(error instanceof RunPodError)) throw error;
      here.say(error.message);
    }
    await here.pause(Math.min(waits.look, waits.settle / 4));
  }
}

/** The recipe of a job. Throws a ProblemError if the site has it not. */
function recipeOf(here: Attended): SiteRecipe {
  const { recipes } = here.visit.site;
  const found = recipes.find((each) => each.name === here.draft.recipe);
  if (!found)
    throw new ProblemError(
      problemOf(t.direct.jobFile.noRecipe(here.draft.recipe), "unknown-recipe", "", "recipe"),
    );
  return found;
}

interface Places {
  settings: PodSettings;
  center: string;
  offers: Offer[];
  problems: Problem[];
}

/** Where the job may run now. Throws NotToBe where no offer could ever do, or the money will not. */
async function look(here: Attended): Promise<Places> {
  mustGoOn(here);
  const { runpod } = here.visit;
  const recipe = recipeOf(here);
  const chosen = settingsOf(here, recipe);
  const center = chosen.volume ? centerOf(chosen, await runpod.volumes()) : "";
  const settings = center ? { ...chosen, data_centers: [center] } : chosen;
  const catalog = await runpod.catalog(settings, here.signal);
  const offers = candidates(
    settings,
    offersOf(needsOf(here.draft, recipe.needs), settings, catalog),
  );
  const problems = unknownGpus(settings, catalog);
  const [first] = offers;
  if (!first) throw new NotToBe(firstError(problems) ?? verdicts.noOffer());
  const balance = await runpod.balance(here.signal);
  if (balance) problems.push(...creditProblems(balance, settings, first.dollars_an_hour ?? 0));
  const wrong = firstError(problems);
  if (wrong) throw new NotToBe(wrong);
  return { settings, center, offers, problems };
}

/** Asks for one pod. */
async function take(
  here: Attended,
  offer: Offer,
  settings: PodSettings,
  center: string,
): Promise<"taken" | "full" | "unsure"> {
  const { visit, handle } = here;
  const request = await requestFor(here, offer, center);
  const { gpu, cloud } = offer;
  here.to("creating", {
    asked: now(),
    pod: "",
    deadline: deadline(now(), settings, offer.dollars_an_hour ?? 0),
    gpu,
    gpu_name: offer.name,
    gpu_count: offer.count,
    cloud,
    dollars_an_hour: offer.full_dollars_an_hour ?? 0,
  });
  handle.deadline = Number(request.env["TUNEYARD_DEADLINE"]);
  try {
    const pod = await visit.runpod.create(request);
    here.event("offer", { gpu, cloud, outcome: "taken" });
    have(here, pod);
    return "taken";
  } catch (error) {
    if (error instanceof RunPodError && error.kind === "unsure") {
      here.say(error.message);
      return "unsure";
    }
    here.to("offering", { asked: null }); // certainly none was made
    if (!(error instanceof RunPodError && error.kind === "capacity")) throw error;
    here.event("offer", { gpu, cloud, outcome: "no-capacity" });
    return "full";
  }
}

async function requestFor(here: Attended, offer: Offer, center: string) {
  const { visit, draft, packed } = here;
  const { site } = visit;
  const recipe = recipeOf(here);
  const program = programOf(recipe, draft.settings);
  if (!program) throw new ProblemError(problemOf(t.direct.says.noProgram, "no-program"));
  return buildRequest({
    recipe,
    draft,
    id: here.id,
    offer,
    now: now(),
    token: here.handle.token,
    secrets: visit.secrets(secretNames(recipe, draft)),
    origins: [visit.origin],
    home: visit.home,
    program: await visit.files.program(program),
    boot: site.boot,
    port: site.port,
    spare: site.spare_gb,
    runpod: site.hosts.runpod,
    hub: site.hosts.hub,
    manifest: [...new Map(packed.map(({ entry }) => [entry.sha256, entry])).values()],
    replaced: Object.fromEntries(
      packed
        .filter(({ setting }) => setting)
        .map(({ setting, entry }) => [setting, `input:${entry.sha256}`]),
    ),
    center,
  });
}

function settingsOf(here: Attended, recipe: SiteRecipe): PodSettings {
  const travelling = bytesOfData(here.packed.map(({ entry }) => entry));
  return podSettings(here.draft, recipe, here.visit.site.spare_gb, travelling);
}

function have(here: Attended, pod: Pod): void {
  const { dollars_an_hour: expected, asked } = here.handle;
  const settings = settingsOf(here, recipeOf(here));
  const price = pod.dollars_an_hour ? fullPrice(settings, pod.dollars_an_hour) : expected;
  here.to("waiting", { pod: pod.id, created: pod.created ?? asked, dollars_an_hour: price });
}

/** The pod of this attempt: an earlier one's, which has the same name, may still be ending. */
function ours(pods: readonly Pod[], name: string, asked: number): Pod | undefined {
  return pods.find(
    (pod) =>
      pod.name === name &&
      isRunning(pod) &&
      (pod.created === null || pod.created > asked - CLOCKS_APART),
  );
}

function mustGoOn(here: Attended): void {
  here.signal.throwIfAborted();
  if (here.stopping) throw new NotToBe(verdicts.stopped);
}

function firstError(problems: readonly Problem[]): Verdict | null {
  const wrong = problems.find((each) => each.severity === "error");
  if (!wrong) return null;
  return verdicts.refused(
    new ProblemError(problemOf(wrong.sentence, wrong.code, wrong.next_step, wrong.field)),
  );
}

function warn(here: Attended, problems: readonly Problem[]): void {
  for (const { code, sentence, next_step } of problems)
    here.event("warning", { title: "RunPod", cause: { code, sentence, next_step } });
}
