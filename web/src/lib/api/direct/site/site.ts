import { t } from "$lib/texts";
import { AwayError } from "../../problem";
import type { Choice, ComputeView, JobDraft, RecipeView, Schema } from "../../types";
import type { Look } from "./layout";
import type { NeedsSaid } from "./needs";

/** What a page without a server knows: made from the recipes when the site was built. */
export interface Site {
  readonly format: 1;
  readonly version: string;
  readonly built: string;
  readonly hosts: Hosts;
  /** Of a pod's face. */
  readonly port: number;
  readonly recipes: readonly SiteRecipe[];
  readonly computes: readonly ComputeView[];
  /** Settings of a compute that only an attendant at home obeys, as a schema: no page offers them. */
  readonly at_home: Schema;
  readonly prices: PriceTable;
  /** The text that a pod's shell starts with. */
  readonly boot: string;
  /** GB of a pod's disk beside what its job needs. */
  readonly spare_gb: number;
  readonly limits: { readonly request: number; readonly job: number; readonly variables: number };
}

/** `pass` is the site's own way to RunPod, relative to the page; empty if it has none. */
export interface Hosts {
  readonly runpod: string;
  readonly proxy: string;
  readonly hub: string;
  readonly console: string;
  readonly pass: string;
}

export interface SiteRecipe extends Omit<RecipeView, "choices"> {
  /** The recipe's Python package, as a pod's job names it. */
  readonly package: string;
  readonly image: string;
  readonly needs: NeedsSaid;
  /** What is looked for on the Hub before anything is rented, by setting. */
  readonly look: Readonly<Record<string, Look>>;
  readonly plan: SitePlan;
  /** The same of a job that pushes its results. */
  readonly pushing: SitePlan;
  /** Settings that list secrets, each as NAME or OWN=NAME. */
  readonly secret_settings: readonly string[];
  /** Switches that let a job have further secrets, with these. */
  readonly switched_secrets: Readonly<Record<string, readonly SiteSecret[]>>;
  readonly programs: readonly Program[];
  /** All that a setting can be chosen from. */
  readonly choices: Readonly<Record<string, readonly Choice[]>>;
}

export interface SitePlan {
  readonly steps: readonly SiteStep[];
  readonly notes?: readonly string[];
}

export interface SiteStep {
  readonly name: string;
  readonly title: string;
  readonly phase: "prepare" | "train" | "finish";
  readonly command?: readonly string[] | string;
  readonly optional?: boolean;
  readonly note?: string;
  readonly secrets?: readonly SiteSecret[];
}

export interface SiteSecret {
  readonly name: string;
  readonly fallback?: string;
  readonly required?: boolean;
}

/** What a pod runs, in a file beside the page; of a job whose settings are as `when` says. */
export interface Program {
  readonly when: Readonly<Record<string, unknown>> | null;
  readonly file: string;
  readonly bytes: number;
  /** Of a program that is too large for one request: what is sent to the pod after it. */
  readonly recipe?: RecipeAlone;
}

/** A recipe that travels by itself, in a file beside the page that is named by its SHA-256. */
export interface RecipeAlone {
  readonly sha256: string;
  readonly bytes: number;
}

export interface PriceTable {
  readonly date: string;
  readonly gpus: readonly PricedGpu[];
}

interface PricedGpu {
  readonly id: string;
  readonly name: string;
  readonly memory_gb: number;
  readonly secure: { readonly dollars: number | null; readonly noted?: string } | null;
  readonly community: { readonly dollars: number | null; readonly noted?: string } | null;
}

/** Options of every request that leaves the page: nothing of it is kept or told on. */
export const PRIVATE = {
  credentials: "omit",
  referrerPolicy: "no-referrer",
  cache: "no-store",
} as const satisfies RequestInit;

export type Fetch = typeof fetch;

/** Reads the site's own files, each once. */
export class SiteFiles {
  readonly #send: Fetch;
  readonly #base: string;
  #site: Promise<Site> | null = null;
  readonly #programs = new Map<string, Promise<string>>();

  constructor(send: Fetch, base: string = document.baseURI) {
    this.#send = send;
    this.#base = base;
  }

  site(): Promise<Site> {
    this.#site ??= this.#read("site.json")
      .then((text) => JSON.parse(text) as Site)
      .catch((error: unknown) => {
        this.#site = null; // the next one may get it
        throw error;
      });
    return this.#site;
  }

  /** The program for a job, as TUNEYARD_PROGRAM holds it. */
  program({ file }: Program): Promise<string> {
    const known = this.#programs.get(file);
    if (known) return known;
    const text = this.#read(file).catch((error: unknown) => {
      this.#programs.delete(file);
      throw error;
    });
    this.#programs.set(file, text);
    return text;
  }

  /** A recipe that travels by itself; also one that only an earlier site knows. */
  async recipe(sha256: string): Promise<Blob> {
    return (await this.#get(`programs/${sha256}.bz2`)).blob();
  }

  /** The address of something beside the page. */
  address(path: string): string {
    return new URL(path, this.#base).href;
  }

  async #read(path: string): Promise<string> {
    return (await (await this.#get(path)).text()).trimEnd();
  }

  async #get(path: string): Promise<Response> {
    const { unread, unreadStep, noAnswer } = t.direct.site;
    // Of these the browser may keep what the site allows: they hold no secret.
    const options: RequestInit = { credentials: "omit", referrerPolicy: "no-referrer" };
    const answer = await this.#send(this.address(path), options).catch((error: unknown) => {
      throw new AwayError(unread(path, noAnswer), unreadStep, { cause: error });
    });
    if (!answer.ok) throw new AwayError(unread(path, `HTTP ${answer.status}`), unreadStep);
    return answer;
  }
}

/** The program that a job needs; null where the site has none for its settings. */
export function programOf(recipe: SiteRecipe, settings: JobDraft["settings"]): Program | null {
  const values: Readonly<Record<string, unknown>> = settings;
  const fits = ({ when }: Program) =>
    Object.entries(when ?? {}).every(([name, value]) => values[name] === value);
  return recipe.programs.find(fits) ?? null;
}
