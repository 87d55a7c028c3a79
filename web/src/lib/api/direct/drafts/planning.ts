import { t } from "$lib/texts";
import { ProblemError } from "../../problem";
import type { JobDraft, Offers, Planned, PlannedStep, Problem } from "../../types";
import { now } from "../common/clock";
import * as keys from "../common/keys";
import { KEY } from "../common/names";
import { asProblem } from "../common/problems";
import { text } from "../common/reading";
import { recipeAlone } from "../inputs/alone";
import { pickedIn } from "../inputs/paths";
import type { PickedFile } from "../inputs/tar";
import { tableCatalog, type Catalog } from "../runpod/catalog";
import type { RunPod } from "../runpod/client";
import { limitWords } from "../runpod/limits";
import { candidates, offersOf } from "../runpod/offers";
import { buildRequest, curl, encoded, listedSecrets, masked, secretNames } from "../runpod/request";
import { podSettings, type PodSettings } from "../runpod/settings";
import { needsOf } from "../site/needs";
import {
  programOf,
  type Site,
  type SiteFiles,
  type SiteRecipe,
  type SiteSecret,
  type SiteStep,
} from "../site/site";
import { complete } from "./checking";
import { asJobFile } from "./jobfile";

/** What renting would mean, before anything is rented. */

const FRESH = 20_000; // ms in which prices and stock are taken for what they were
const NOT_YET = "<job>";
const NO_TOKEN = "0".repeat(43); // stands for the face's, which is made when the pod is asked for

/** Who would rent: the page's visit. */
export interface Renter {
  readonly site: Site;
  readonly files: SiteFiles;
  readonly runpod: RunPod;
  readonly home: string;
  readonly origin: string;
  /** The files that a setting's value stands for, if they were picked here. */
  picked(value: unknown): readonly PickedFile[] | null;
}

/** Asks for a catalogue once a moment: somebody who fills in a form asks with every letter. */
export class Planning {
  readonly #renter: Renter;
  #last: { key: string; at: number; found: Promise<[Catalog, Problem | null]> } | null = null;

  constructor(renter: Renter) {
    this.#renter = renter;
  }

  /** Where a job could run, those that fit first, and what limits it; from a table without a key. */
  async offers(given: JobDraft): Promise<Offers> {
    const { site } = this.#renter;
    const { draft, recipe } = complete(given, site);
    const settings = podSettings(draft, recipe, site.spare_gb, this.#travelling(draft));
    const [catalog, problem] = await this.#catalog(settings);
    const offers = offersOf(needsOf(draft, recipe.needs), settings, catalog);
    const [first] = candidates(settings, offers);
    const { source, date } = catalog;
    const limits = limitWords(settings, first?.dollars_an_hour ?? null);
    return { offers, source, date, limits, problem };
  }

  /** All of a plan; nothing is sent but the question for prices. */
  async plan(given: JobDraft): Promise<Planned> {
    const { site } = this.#renter;
    const { draft, recipe } = complete(given, site);
    const told = await this.offers(draft);
    const settings = podSettings(draft, recipe, site.spare_gb, this.#travelling(draft));
    const [first] = candidates(settings, told.offers);
    const request = first ? await this.#request(draft, recipe, first) : null;
    const repository = text(draft.results["repository"]);
    const plan = repository ? recipe.pushing : recipe.plan;
    const listed = listedSecrets(recipe, draft);
    return {
      steps: plan.steps.map((step) =>
        stepOf(step, repository, step.phase === "train" ? listed : []),
      ),
      needs: needsOf(draft, recipe.needs),
      notes: [...(plan.notes ?? [])],
      estimate: t.direct.plan.estimate,
      disk_free_gb: 0,
      job: draft,
      toml: asJobFile(draft, site),
      command: `tuneyard run ${draft.name || draft.recipe}.toml`,
      remote: {
        ...told,
        limits: recipeAlone(draft, site)
          ? `${told.limits} ${t.direct.plan.recipeAlone}`
          : told.limits,
        request: request && { ...masked(request) },
        curl: request ? curl(request, site.hosts.runpod) : "",
        inputs: this.#inputs(draft),
        secrets: [],
        results: resultsWords(repository, settings),
        confirm: repository ? "" : t.direct.plan.confirm,
      },
    };
  }

  async #request(draft: JobDraft, recipe: SiteRecipe, offer: Offers["offers"][number]) {
    const { site, files, home, origin } = this.#renter;
    const program = programOf(recipe, draft.settings);
    const request = buildRequest({
      recipe,
      draft,
      id: NOT_YET,
      offer,
      now: now(),
      token: NO_TOKEN,
      secrets: keys.some(secretNames(recipe, draft)),
      origins: [origin],
      home,
      program: program ? await files.program(program) : "",
      boot: site.boot,
      port: site.port,
      spare: site.spare_gb,
      runpod: site.hosts.runpod,
      hub: site.hosts.hub,
      manifest: [recipeAlone(draft, site)].filter((entry) => entry !== null),
      // What stands for it is known when it is packed, which takes its time.
      replaced: Object.fromEntries(pickedIn(draft).map(([name]) => [name, "input:<sha256>"])),
    });
    encoded(request); // throws of one that is too large
    return request;
  }

  #catalog(settings: PodSettings): Promise<[Catalog, Problem | null]> {
    const { site, runpod } = this.#renter;
    const prices = tableCatalog(site.prices);
    if (!keys.has(KEY)) return Promise.resolve([prices, null]);
    const { gpu_count, cloud, min_cuda, volume } = settings;
    const key = JSON.stringify([gpu_count, cloud, min_cuda, volume]);
    if (this.#last?.key === key && Date.now() < this.#last.at + FRESH) return this.#last.found;
    const found = runpod.catalog(settings).then(
      (catalog): [Catalog, Problem | null] => [catalog, null],
      (error: unknown): [Catalog, Problem | null] => {
        this.#last = null;
        if (!(error instanceof ProblemError)) throw error;
        return [prices, asProblem(error)];
      },
    );
    this.#last = { key, at: Date.now(), found };
    return found;
  }

  #inputs(draft: JobDraft) {
    return pickedIn(draft).map(([setting, path]) => {
      const files = this.#renter.picked(path) ?? [];
      const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
      return { setting, path, bytes, files: files.length, note: t.direct.plan.travels };
    });
  }

  #travelling(draft: JobDraft): number {
    return this.#inputs(draft).reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** `listed` are the secrets that it is given beside those of every such job. */
function stepOf(step: SiteStep, repository: string, listed: readonly SiteSecret[]): PlannedStep {
  return {
    name: step.name,
    title: step.title.replace("owner/name", repository || "owner/name"),
    phase: step.phase,
    command: typeof step.command === "string" ? step.command : (step.command ?? []).join(" "),
    optional: step.optional ?? false,
    note: step.note ?? "",
    secrets: [...(step.secrets ?? []), ...listed].map(
      ({ name, fallback = "", required = false }) => ({
        name,
        required,
        held: keys.has(name) || (fallback !== "" && keys.has(fallback)),
      }),
    ),
  };
}

function resultsWords(repository: string, { collect_hours }: PodSettings): string {
  const said = t.direct.plan;
  return repository ? said.pushed(repository) : said.waits(collect_hours);
}
