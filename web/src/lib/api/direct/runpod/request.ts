import { withValue } from "$lib/form/nested";
import type { Values } from "$lib/form/schema";
import { ProblemError } from "../../problem";
import type { JobDraft, Offer } from "../../types";
import { podName } from "../common/names";
import { problemOf } from "../common/problems";
import { bytesOf, shellQuoted } from "../common/words";
import type { SiteRecipe, SitePlan, SiteSecret } from "../site/site";
import { collect, deadline } from "./limits";
import { podSettings } from "./settings";

/** The one request that rents a pod: made here, checked here, and shown to people from here. */

export const PUBLIC = "https://api.runpod.io";
const HUB = "https://huggingface.co";
const ENDPOINT = "HF_ENDPOINT"; // where a pod looks for a Hub of the site's own
export const TOKEN = "TUNEYARD_FACE_TOKEN";
const PROGRAM = "TUNEYARD_PROGRAM";
const MOUNT = "/workspace"; // where a network volume lies in the pod
const LARGEST = 100_000; // bytes
const MOST_VARIABLES = 50;
const SHOWN = 160; // characters of a long value that are shown

const REFERENCE = /^\{\{\s*RUNPOD_SECRET_\w+\s*\}\}$/;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const STANDS_IN: Readonly<Record<string, string>> = {
  HF_READ_TOKEN: "HF_TOKEN",
  HF_WRITE_TOKEN: "HF_TOKEN",
  HF_BASE_TOKEN: "HF_TOKEN",
};

/** What the pod is told of data that is sent to it. */
export interface ManifestEntry {
  sha256: string;
  bytes: number;
  name: string;
  kind: "file" | "folder" | "program";
  place: string;
}

/** What of a recipe decides a request. */
export type RequestRecipe = Pick<
  SiteRecipe,
  "package" | "image" | "needs" | "secret_settings" | "switched_secrets" | "plan" | "pushing"
>;

export interface Asked {
  recipe: RequestRecipe;
  /** Complete: defaults filled in. */
  draft: JobDraft;
  id: string;
  offer: Offer;
  /** Seconds since 1970. */
  now: number;
  token: string;
  /** All that are held; a job gets those that it names. */
  secrets: Readonly<Record<string, string>>;
  origins: readonly string[];
  home: string;
  program: string;
  boot: string;
  port: number;
  /** GB of the disk beside what the job needs. */
  spare: number;
  /** RunPod's address, as a pod is to reach it. */
  runpod?: string;
  hub?: string;
  manifest?: readonly ManifestEntry[];
  /** Settings whose data travels, by place, with what stands for it there. */
  replaced?: Readonly<Record<string, string>>;
  /** The data center of its volume, which ties it to there. */
  center?: string;
}

/** A CreatePodRequest with nothing in it but what RunPod's contract names. */
export interface PodRequest {
  name: string;
  image: string;
  gpu: { id: string; count: number; minCudaVersion?: string };
  cloud: string;
  disk: number;
  ports: string[];
  env: Record<string, string>;
  args: string;
  dataCenterIds?: string[];
  mounts?: { network: { volumeId: string; path: string }[] };
}

export function buildRequest(asked: Asked): PodRequest {
  const { recipe, draft, offer, now, manifest = [] } = asked;
  const travelling = bytesOfData(manifest);
  const settings = podSettings(draft, recipe, asked.spare, travelling);
  const until = deadline(now, settings, offer.dollars_an_hour ?? 0);
  const env: Record<string, string> = {
    [PROGRAM]: asked.program,
    TUNEYARD_JOB: JSON.stringify(told(asked)),
    TUNEYARD_DEADLINE: String(until),
    TUNEYARD_COLLECT: String(collect(now, settings, until)),
    [TOKEN]: asked.token,
    TUNEYARD_ORIGINS: asked.origins.join(" "),
    TUNEYARD_HOME: settings.volume ? `${MOUNT}/tuneyard` : "/root/tuneyard",
  };
  const runpod = (asked.runpod ?? PUBLIC).replace(/\/+$/, "");
  if (runpod !== PUBLIC) env["TUNEYARD_RUNPOD_URL"] = runpod;
  if (asked.hub && asked.hub !== HUB) env[ENDPOINT] = asked.hub;
  const centers = asked.center ? [asked.center] : settings.data_centers;
  return {
    name: podName(asked.home, asked.id),
    image: settings.image,
    // Without a count every request is refused, as if there were no capacity.
    gpu: {
      id: offer.gpu,
      count: offer.count,
      ...(settings.min_cuda ? { minCudaVersion: settings.min_cuda } : {}),
    },
    cloud: offer.cloud.toUpperCase(),
    disk: settings.disk_gb,
    ports: [`${asked.port}/http`],
    env: { ...env, ...passed(chosenSecrets(recipe, draft, asked.secrets)) },
    args: JSON.stringify({ entrypoint: ["/bin/sh", "-c"], cmd: [asked.boot] }),
    ...(centers.length
      ? { dataCenterIds: centers.map((center) => center.trim().toUpperCase()) }
      : {}),
    ...(settings.volume
      ? { mounts: { network: [{ volumeId: settings.volume, path: MOUNT }] } }
      : {}),
  };
}

/** Bytes that need room on the pod's disk: a recipe has its own in what is spare. */
export function bytesOfData(manifest: readonly ManifestEntry[]): number {
  return manifest.reduce((sum, { kind, bytes }) => sum + (kind === "program" ? 0 : bytes), 0);
}

/** The body exactly as it is sent. Throws a ProblemError if RunPod would not take so large a one. */
export function encoded(request: PodRequest): string {
  const body = JSON.stringify(request);
  const size = bytesOf(body);
  const names = Object.keys(request.env);
  if (size >= LARGEST) throw tooLarge(request, size);
  if (names.length > MOST_VARIABLES)
    throw new ProblemError(
      problemOf(
        `The pod would get ${names.length} environment variables and may get ${MOST_VARIABLES}.`,
        "too-many-variables",
        "Give the job fewer variables.",
      ),
    );
  return body;
}

/** Names of the secrets that a job's steps may be given, with what stands in for each. */
export function secretNames(
  recipe: Pick<SiteRecipe, "plan" | "pushing" | "secret_settings" | "switched_secrets">,
  draft: JobDraft,
): Set<string> {
  const pushes = Boolean(draft.results["repository"]);
  const plan: SitePlan = pushes ? recipe.pushing : recipe.plan;
  const named = plan.steps.flatMap((step) => step.secrets ?? []);
  return new Set(
    [...named, ...listedSecrets(recipe, draft)]
      .flatMap(({ name, fallback }) => [name, fallback ?? ""])
      .filter(Boolean),
  );
}

/** Secrets that the job's own settings name, for what it trains with. */
export function listedSecrets(
  recipe: Pick<SiteRecipe, "secret_settings" | "switched_secrets">,
  draft: JobDraft,
): SiteSecret[] {
  const entries = recipe.secret_settings.flatMap((setting) => {
    const listed = draft.settings[setting];
    return Array.isArray(listed) ? listed.map(String) : [];
  });
  const names = entries.map((entry) => (entry.split("=")[1] ?? entry).trim());
  const listed = [...new Set(names)]
    .filter(Boolean)
    .map((name) => ({ name, fallback: STANDS_IN[name] ?? "", required: true }));
  return [...listed, ...switchedOn(recipe, draft).flatMap(([, secrets]) => secrets)];
}

/** Settings of this job that let it have further secrets, with these. */
export function switchedOn(
  { switched_secrets }: Pick<SiteRecipe, "switched_secrets">,
  { settings }: JobDraft,
): [string, readonly SiteSecret[]][] {
  return Object.entries(switched_secrets).filter(([name]) => settings[name] === true);
}

/** All values in a request that nobody else may see. */
export function secretsIn({ env }: Pick<PodRequest, "env">): string[] {
  return Object.entries(env)
    .filter(([name, value]) => isSecret(name, value))
    .map(([, value]) => value);
}

/** The same request as it may be shown: stars for secrets, a note for the program. */
export function masked(request: PodRequest): PodRequest {
  const shown = (name: string, value: string) =>
    name === PROGRAM
      ? `(the program, packed: ${bytesOf(value).toLocaleString("en")} bytes)`
      : isSecret(name, value)
        ? "********"
        : value;
  const env = Object.entries(request.env).map(([name, value]) => [name, shown(name, value)]);
  return { ...request, env: Object.fromEntries(env) as Record<string, string> };
}

/** The request as a command for a shell to read, with the key and all secrets as its variables. */
export function curl(request: PodRequest, runpod = PUBLIC): string {
  const marks = new Map<string, string>();
  const written = (name: string, value: string): string => {
    if (!isSecret(name, value)) return cut(value);
    const mark = `@${crypto.randomUUID()}@`;
    marks.set(mark, name);
    return mark;
  };
  const env = Object.entries(request.env).map(([name, value]) => [name, written(name, value)]);
  const shown = { ...request, env: Object.fromEntries(env) as object, args: cut(request.args) };
  let body = shellQuoted(JSON.stringify(shown));
  for (const [mark, name] of marks) body = body.replace(mark, `'"\${${name}}"'`);
  return [
    `curl -sS -X POST ${shellQuoted(`${runpod}/v2/pods`)}`,
    '-H "Authorization: Bearer $RUNPOD_API_KEY"',
    "-H 'Content-Type: application/json'",
    `--data-binary ${body}`,
  ].join(" \\\n  ");
}

/** job.json as the pod has it. */
function told({ recipe, draft, id, manifest = [], replaced = {} }: Asked): object {
  return {
    id,
    format: 1,
    recipe: draft.recipe,
    name: draft.name,
    settings: Object.entries(replaced).reduce<Values>(
      (settings, [place, value]) => withValue(settings, place, value),
      draft.settings,
    ),
    compute: draft.compute,
    results: draft.results,
    package: recipe.package,
    inputs: manifest,
  };
}

function chosenSecrets(
  recipe: RequestRecipe,
  draft: JobDraft,
  held: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = secretNames(recipe, draft);
  return Object.fromEntries(Object.entries(held).filter(([name]) => names.has(name)));
}

/** What a pod is given of secrets: never the account's key, and nothing in place of our own. */
function passed(secrets: Record<string, string>): Record<string, string> {
  for (const name of Object.keys(secrets))
    if (!NAME.test(name) || /^(RUNPOD_|TUNEYARD_)/.test(name))
      throw new ProblemError(
        problemOf(
          `A pod can't be given a variable called “${name}”.`,
          "variable-name",
          "Choose a name of letters, digits and _ that doesn't begin with RUNPOD_ or TUNEYARD_.",
        ),
      );
  return secrets;
}

function isSecret(name: string, value: string): boolean {
  if (name === TOKEN) return true;
  return !name.startsWith("TUNEYARD_") && name !== ENDPOINT && !REFERENCE.test(value);
}

function tooLarge({ env }: PodRequest, size: number): ProblemError {
  const parts = Object.entries(env)
    .sort(([, a], [, b]) => b.length - a.length)
    .slice(0, 2)
    .map(([name, value]) => `${bytesOf(value).toLocaleString("en")} of ${name}`);
  return new ProblemError(
    problemOf(
      `The request for the pod has ${size.toLocaleString("en")} bytes and may have ` +
        `${(LARGEST - 1).toLocaleString("en")}. The largest parts are ${parts.join(" and ")}.`,
      "request-too-large",
      "Make the job's settings shorter: a long script goes into a file or an address.",
    ),
  );
}

function cut(value: string): string {
  return value.length <= SHOWN ? value : `${value.slice(0, SHOWN)}…`;
}
