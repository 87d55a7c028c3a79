import { bytes } from "$lib/format";
import { patternOf, textsOf } from "$lib/form/nested";
import { readFields } from "$lib/form/schema";
import { t } from "$lib/texts";
import type { JobDraft, Problem } from "../../types";
import * as keys from "../common/keys";
import { problem } from "../common/problems";
import { text } from "../common/reading";
import type { Layout, Look } from "../site/layout";
import type { Fetch, Site, SiteRecipe } from "../site/site";
import { Hub, HubAway, HubRefused, type Kind, type Repository } from "./client";
import { awaySentence, gather, type Gathered, judge, type Looked } from "./dataset";
import { Once } from "./once";
import { access } from "./rights";
import { passes, problemOfRefusal, type About } from "./says";

const FRESH = 60_000; // ms that an answer of the Hub is good for
const WRITE = ["HF_WRITE_TOKEN", "HF_TOKEN"]; // the first that is held is used
const DATASET = /^hf:([\w.-]{1,96}\/[\w.-]{1,96})(?:@([\w./-]+))?$/;
const IN_FOLDER = /^hf:([\w.-]{1,96}\/[\w.-]{1,96})(?:@([^/]+))?(?:\/(.+?))?\/?$/;
const MODEL = /^hf:([\w.-]{1,96}\/[\w.-]{1,96})(?:@([^/]+))?(?:\/(.+?))?(?:=[\d.]+)?$/;
const FILE = /^\/(?:(datasets|spaces)\/)?([^/]+\/[^/]+)\/(?:resolve|blob|raw)\/([^/]+)\/(.+)$/;
const HUBS = ["huggingface.co", "www.huggingface.co", "hf.co"];

const NOTHING: Looked = { problems: [], notChecked: [], facts: {} };

/** One setting that names something on the Hub. */
interface Named {
  readonly value: string;
  readonly title: string;
  readonly field: string;
  readonly look: Look;
  /** Whether it stands in a row of a list of tables. */
  readonly inRow: boolean;
}

type Found = Looked & { readonly named: Named };

/** Looks for what a job names on the Hub, before anything is rented; asks the same once a minute. */
export class Looking {
  readonly #hub: string;
  readonly #send: Fetch;
  readonly #patience: number | undefined;
  readonly #once = new Once(FRESH);

  /** `patience`: milliseconds for one answer. */
  constructor({ hosts }: Site, send: Fetch, patience?: number) {
    this.#hub = hosts.hub.replace(/\/+$/, "");
    this.#send = send;
    this.#patience = patience;
    keys.watch(() => {
      this.#once.forget(); // another token may see more
    });
  }

  /** All data and files that a complete draft names. */
  async data(draft: JobDraft, recipe: SiteRecipe, signal?: AbortSignal): Promise<Looked> {
    const found = namedIn(draft, recipe).map(async (named): Promise<Found> => {
      return { ...(await this.#look(named, draft, signal)), named };
    });
    return together(await Promise.all(found));
  }

  #look(named: Named, draft: JobDraft, signal?: AbortSignal): Promise<Looked> {
    const { kind, layout, addresses } = named.look;
    if (kind === "model") return this.#model(named, signal);
    return (layout ?? !addresses) ? this.#dataset(named, draft, signal) : this.#file(named, signal);
  }

  /** Whether the job may push where it is told to. */
  async results({ results }: JobDraft, signal?: AbortSignal): Promise<Looked> {
    const name = text(results["repository"]);
    if (!/^[\w.-]{1,96}\/[\w.-]{1,96}$/.test(name)) return NOTHING;
    const said = t.hub.results;
    const secret = held(WRITE);
    if (!secret) return { ...NOTHING, notChecked: [said.noToken(name, WRITE[0] ?? "")] };
    const repository: Repository = { kind: "model", name };
    const field = "results.repository";
    const about = { repository, secrets: WRITE, secret, field, hub: this.#hub, writing: true };
    return this.#asking(about, async () => {
      const hub = this.#asks(secret);
      const ask = (ended: AbortSignal) => access(hub, repository, ended);
      const found = await this.#fresh(`results ${secret} ${name}`, ask, signal);
      if (found.refusal && !found.exists) {
        const step = said.noNewStep(name.split("/")[0] ?? "");
        const problems = [problem(said.noNew(name, secret), "hub-missing", field, step)];
        return { ...NOTHING, problems };
      }
      if (found.refusal) throw found.refusal;
      const words = found.exists ? said.there(name, secret) : said.made(name, secret);
      return { ...NOTHING, facts: { results: words } };
    });
  }

  async #dataset(named: Named, draft: JobDraft, signal?: AbortSignal): Promise<Looked> {
    const { value, field, look } = named;
    if (!value.startsWith("hf:")) return NOTHING; // picked here, or empty
    const said = t.hub.dataset;
    const { secrets = [], layout } = look;
    const form = layout ? DATASET : IN_FOLDER; // what has no list of texts may be in a folder
    const [, name, revision = "", folder = ""] = form.exec(value) ?? [];
    if (!name) {
      const step = layout ? said.nameStep : said.folderStep;
      return { ...NOTHING, problems: [problem(said.name(value), "dataset-name", field, step)] };
    }
    const secret = held(secrets);
    const repository: Repository = { kind: "dataset", name };
    const about = { repository, revision, secrets, secret, field, hub: this.#hub };
    return this.#asking(about, async () => {
      const hub = this.#asks(secret);
      const key = `dataset ${secret ?? ""} ${value}`;
      const ask = (ended: AbortSignal) => gather(hub, repository, revision, layout, ended);
      const found = below(await this.#fresh(key, ask, signal), folder);
      if (found.without) this.#once.forget(key);
      const shown = folder ? `${name}/${folder}` : name;
      const looked = judge(found, shown, secret, layout, isSeveral(draft, layout));
      return { ...looked, problems: looked.problems.map((each) => atField(each, field)) };
    });
  }

  /** Whether a file is there, and how large. */
  async #file({ value, title, field, look }: Named, signal?: AbortSignal): Promise<Looked> {
    if (!value) return NOTHING;
    const said = t.hub.file;
    const { addresses = {}, secrets = [] } = look;
    const address = listedAddress(value, addresses) ?? value;
    if (!address.includes("://")) {
      if (value.startsWith("picked:") || /^([/~.\\]|[A-Za-z]:)|\.ckpt$/.test(value)) return NOTHING;
      return {
        ...NOTHING,
        problems: [problem(said.unknown(value), "base-unknown", field, said.unknownStep)],
      };
    }
    const place = placeOf(address, this.#hub);
    if (!place) return { ...NOTHING, notChecked: [said.elsewhere(title, hostOf(address))] };
    const { repository, revision, path } = place;
    const secret = held(secrets);
    const about = { repository, revision, path, secrets, secret, field, hub: this.#hub };
    return this.#asking(about, async () => {
      const hub = this.#asks(secret);
      const ask = async (ended: AbortSignal) => {
        const { gated } = await hub.info(repository, revision, ended);
        if (gated) await hub.may("read", repository, ended);
        return hub.file(repository, revision, path, ended);
      };
      const found = await this.#fresh(`file ${secret ?? ""} ${address}`, ask, signal);
      if (!found) throw new HubRefused(404, "EntryNotFound", "", secret !== undefined);
      const name = path.slice(path.lastIndexOf("/") + 1);
      return { ...NOTHING, facts: { [title.toLowerCase()]: said.there(name, bytes(found.bytes)) } };
    });
  }

  /** Whether a repository of models is there, and what is named in it. */
  async #model({ value, field, look }: Named, signal?: AbortSignal): Promise<Looked> {
    if (!value.startsWith("hf:")) return NOTHING; // a path: the page says so itself
    const said = t.hub.model;
    const [, name, revision = "", path = ""] = MODEL.exec(value) ?? [];
    if (!name)
      return {
        ...NOTHING,
        problems: [problem(said.name(value), "model-name", field, said.nameStep)],
      };
    const { secrets = [] } = look;
    const secret = held(secrets);
    const repository: Repository = { kind: "model", name };
    const about = { repository, revision, path, secrets, secret, field, hub: this.#hub };
    return this.#asking(about, async () => {
      const hub = this.#asks(secret);
      const ask = async (ended: AbortSignal) => {
        const { gated, commit } = await hub.info(repository, revision, ended);
        if (gated) await hub.may("read", repository, ended);
        return path ? hub.entry(repository, commit, path, ended) : { bytes: null };
      };
      const found = await this.#fresh(`model ${secret ?? ""} ${value}`, ask, signal);
      if (!found) throw new HubRefused(404, "EntryNotFound", "", secret !== undefined);
      return NOTHING;
    });
  }

  /** Once a minute; a refusal is an answer too. */
  async #fresh<T>(
    key: string,
    ask: (ended: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const tried = async (ended: AbortSignal) => {
      try {
        return { answer: await ask(ended), refused: null };
      } catch (error) {
        if (!(error instanceof HubRefused) || passes(error)) throw error;
        return { answer: null, refused: error };
      }
    };
    const found = await this.#once.ask(key, tried, signal);
    if (found.refused) throw found.refused;
    return found.answer;
  }

  /** What the Hub refuses is a problem; what it doesn't answer is listed as not checked. */
  async #asking(about: About, ask: () => Promise<Looked>): Promise<Looked> {
    try {
      return await ask();
    } catch (error) {
      const { kind, name } = about.repository;
      if (error instanceof HubAway || (error instanceof HubRefused && passes(error)))
        return { ...NOTHING, notChecked: [awaySentence(error, t.hub.says.repository[kind](name))] };
      if (!(error instanceof HubRefused)) throw error;
      return { ...NOTHING, problems: [problemOfRefusal(error, about)] };
    }
  }

  #asks(secret: string | undefined): Hub {
    const token = secret ? keys.key(secret) : undefined;
    return new Hub(this.#hub, this.#send, token, this.#patience);
  }
}

/** Data that a job can't do without, and doesn't name. */
export function missingData(draft: JobDraft, recipe: SiteRecipe): Problem[] {
  const { none, noneStep } = t.hub.dataset;
  const named = namedIn(draft, recipe);
  const empty = named.filter(({ value, look }) => !value && look.required);
  const rowless = Object.entries(recipe.look)
    .filter(([, look]) => look.required && !named.some((each) => each.look === look))
    .map(([pattern]) => pattern.split(".*"))
    .filter(([, inside]) => inside !== undefined);
  return [
    ...empty.map(({ field }) => field),
    ...rowless.map(([list = ""]) => `settings.${list}`),
  ].map((field) => problem(none, "dataset-missing", field, noneStep));
}

function namedIn(draft: JobDraft, recipe: SiteRecipe): Named[] {
  const texts = textsOf(readFields(recipe.schema), draft.settings);
  return texts.flatMap(({ place, field, value, matters }) => {
    const usual = field.widget === "dataset" ? {} : undefined;
    const pattern = patternOf(place);
    const look = recipe.look[pattern] ?? recipe.look[pattern.replace(/\.\*$/, "")] ?? usual;
    if (!look || !matters) return [];
    const inRow = pattern.includes(".*.");
    return [{ value: value.trim(), title: field.title, field: `settings.${place}`, look, inRow }];
  });
}

/** What lies in one folder of it. */
function below(found: Gathered, folder: string): Gathered {
  if (!folder) return found;
  return { ...found, files: found.files.filter(({ path }) => path.startsWith(`${folder}/`)) };
}

function isSeveral({ settings }: JobDraft, layout: Layout | undefined): boolean {
  return layout !== undefined && settings[layout.speakers] === "several";
}

function held(names: readonly string[]): string | undefined {
  return names.find((name) => keys.has(name));
}

/** The list's own problems are of the setting that names the data, or of another setting. */
function atField(each: Problem, field: string): Problem {
  return { ...each, field: each.field ? `settings.${each.field}` : field };
}

/** Case and accents don't matter in a name. */
function listedAddress(value: string, addresses: Readonly<Record<string, string>>) {
  const plain = (name: string) => name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  return Object.entries(addresses).find(([name]) => plain(name) === plain(value))?.[1];
}

interface Place {
  readonly repository: Repository;
  readonly revision: string;
  readonly path: string;
}

/** A file on the Hub, as its address says it; null for other addresses. */
function placeOf(address: string, hub: string): Place | null {
  const url = URL.parse(address);
  if (!url || ![...HUBS, new URL(hub).host].includes(url.host)) return null;
  const inside = new URL(hub).pathname.replace(/\/+$/, "");
  const found = FILE.exec(
    url.href.startsWith(`${hub}/`) ? url.pathname.slice(inside.length) : url.pathname,
  );
  if (!found) return null;
  const [, kinds, name = "", revision = "", path = ""] = found;
  const kind: Kind = kinds === "datasets" ? "dataset" : kinds === "spaces" ? "space" : "model";
  try {
    const [plainRevision, plainPath] = [decodeURIComponent(revision), decodeURIComponent(path)];
    return { repository: { kind, name }, revision: plainRevision, path: plainPath };
  } catch {
    return null; // a % that stands for nothing
  }
}

function hostOf(address: string): string {
  return URL.parse(address)?.host ?? address;
}

/** What was found of each; of rows in one table, as they would say the same of several. */
function together(found: readonly Found[]): Looked {
  const plain = found.filter(({ named }) => !named.inRow);
  const rows = found.filter(({ named, facts }) => named.inRow && "files" in facts);
  const said = t.hub.dataset;
  const table = {
    title: said.table,
    columns: [...said.columns],
    rows: rows.map(({ named, facts }) => [
      named.value,
      facts["files"],
      typeof facts["bytes"] === "number" ? bytes(facts["bytes"]) : "",
      facts["visibility"],
    ]),
  };
  return {
    problems: found.flatMap(({ problems }) => problems),
    notChecked: [...new Set(found.flatMap(({ notChecked }) => notChecked))],
    facts: {
      ...(Object.assign({}, ...plain.map(({ facts }) => facts)) as Looked["facts"]),
      ...(rows.length ? { tables: [table] } : {}),
    },
  };
}
