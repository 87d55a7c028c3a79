import { t } from "$lib/texts";
import { ProblemError, UnreachableError } from "../problem";
import type { SecretView, Tested } from "../types";
import * as keys from "./keys";
import type { DirectControl } from "./later";
import { KEY } from "./names";
import { isRunning } from "./pods";
import { problemOf } from "./problems";
import { items, table, text } from "./reading";
import { RunPodError } from "./errors";
import type { RunPod } from "./runpod";
import { PRIVATE, type Fetch } from "./site";
import type { Jobs } from "./visit";
import { money } from "./words";

/** The secrets that this page knows of, what they can do, and how they are given and taken. */

const HUB = ["HF_TOKEN", "HF_READ_TOKEN", "HF_WRITE_TOKEN", "HF_BASE_TOKEN"];
const NAMES = [...HUB, "WANDB_API_KEY", KEY];
const COVERED = new Set(["HF_READ_TOKEN", "HF_WRITE_TOKEN", "HF_BASE_TOKEN"]);
const LONGEST = 4096; // characters

type Secrets = Pick<DirectControl, "secrets" | "keepSecret" | "removeSecret" | "testSecret">;

export function secretCalls(load: () => Promise<Jobs>, send: Fetch): Secrets {
  const hub = async () => (await load()).site.hosts.hub;
  return {
    secrets: () => Promise.resolve(secretViews()),
    /** Tried first: rejects where it is known not to be taken. */
    async keepSecret(name, value) {
      const found = cleaned(name, value);
      const before = keys.key(name);
      keys.keep(name, found);
      try {
        if (name === KEY) await testKey((await load()).runpod);
        else if (HUB.includes(name)) await mustBeKnown(name, found, await hub(), send);
      } catch (error) {
        if (before) keys.keep(name, before);
        else keys.forget(name);
        throw error;
      }
      if (name === KEY) (await load()).hurry();
    },
    /** With the account's key goes all that it opened, the tokens of pods among it. */
    async removeSecret(name) {
      keys.forget(name);
      if (name === KEY) (await load()).forget();
    },
    async testSecret(name, { value } = {}, signal) {
      const held = value ?? keys.key(name);
      const { unheld, unheldStep, untested } = t.direct.secrets;
      if (!held)
        throw new ProblemError(problemOf(unheld(name), "no-secret", unheldStep, name, 404));
      const tried = cleaned(name, held);
      try {
        if (name === KEY) return await testKey((await load()).runpod, signal);
        if (HUB.includes(name)) return await testToken(name, tried, await hub(), send, signal);
        return { ok: null, sentences: [untested], next_step: "" };
      } catch (error) {
        return failedTest(error);
      }
    },
  };
}

function secretViews(): SecretView[] {
  return NAMES.map((name) => ({
    name,
    about: aboutOf(name),
    jobs: name !== KEY,
    keeper: keys.has(name) ? "memory" : null,
    ending: keys.ending(name),
    own: false,
    covered: !keys.has(name) && COVERED.has(name) && keys.has("HF_TOKEN") ? "HF_TOKEN" : null,
    keeps: ["memory"],
  }));
}

/** The value without what slips in when one copies it. Throws a ProblemError of what is none. */
function cleaned(name: string, value: string): string {
  const found = value.trim();
  const { unknown, empty } = t.direct.secrets;
  if (!NAMES.includes(name)) throw new ProblemError(problemOf(unknown(name), "secret", "", name));
  if (!found || found.length > LONGEST || !/^[\x21-\x7e]+$/.test(found))
    throw new ProblemError(problemOf(empty(name), "secret", "", name));
  return found;
}

/** Whether RunPod takes the key that is held, by the one cheapest question. Throws RunPodError. */
async function testKey(runpod: RunPod, signal?: AbortSignal): Promise<Tested> {
  const running = (await runpod.pods(signal)).filter(isRunning);
  const { taken, pods } = t.direct.secrets;
  const spend = running.reduce((sum, pod) => sum + pod.dollars_an_hour, 0);
  return { ok: true, sentences: [taken, pods(running.length, money(spend))], next_step: "" };
}

/** What the Hub says of a token, and whether it may do there what its name promises. */
async function testToken(
  name: string,
  token: string,
  hub: string,
  send: Fetch,
  signal?: AbortSignal,
): Promise<Tested> {
  const said = t.direct.secrets;
  const late = AbortSignal.timeout(20_000);
  const answer = await send(`${hub}/api/whoami-v2`, {
    ...PRIVATE,
    headers: { Authorization: `Bearer ${token}` },
    signal: signal ? AbortSignal.any([signal, late]) : late,
  }).catch((error: unknown) => {
    throw new UnreachableError(said.hubAway, { cause: error });
  });
  if (answer.status === 401 || answer.status === 403)
    return { ok: false, sentences: [said.hubRefuses], next_step: said.hubStep };
  if (!answer.ok)
    return { ok: null, sentences: [said.hubTrouble(answer.status)], next_step: said.later };
  const who = table(await answer.json().catch(() => null));
  const { owner, writes, sentence } = rightsOf(who);
  const sentences = [said.owner(owner), sentence];
  if (name === "HF_WRITE_TOKEN" && !writes.length)
    return { ok: false, sentences, next_step: said.writeStep };
  return { ok: true, sentences, next_step: "" };
}

/** An outcome in place of a problem: of one that passes nobody knows. */
function failedTest(error: unknown): Tested {
  if (error instanceof UnreachableError)
    return { ok: null, sentences: [error.message], next_step: t.direct.secrets.later };
  if (!(error instanceof ProblemError)) throw error;
  const passing = error instanceof RunPodError && (error.passing || error.kind === "gate");
  return { ok: passing ? null : false, sentences: [error.message], next_step: error.nextStep };
}

async function mustBeKnown(name: string, token: string, hub: string, send: Fetch): Promise<void> {
  const { ok, sentences, next_step } = await testToken(name, token, hub, send).catch(
    (error: unknown) => failedTest(error), // whether it is known will show when it is used
  );
  if (ok === false)
    throw new ProblemError(problemOf(sentences.at(-1) ?? "", "token", next_step, name));
}

interface Rights {
  owner: string;
  writes: string[];
  sentence: string;
}

function rightsOf(who: Record<string, unknown>): Rights {
  const said = t.direct.secrets;
  const owner = text(who["name"]);
  const key = table(table(who["auth"])["accessToken"]);
  const role = text(key["role"]);
  if (role === "fineGrained") {
    const scopes = items(table(key["fineGrained"])["scoped"]);
    const granted = (right: string) =>
      scopes
        .filter(({ permissions }) => Array.isArray(permissions) && permissions.includes(right))
        .map(({ entity }) => text(table(entity)["name"]));
    const writes = granted("repo.write");
    const reads = granted("repo.content.read").filter((name) => !writes.includes(name));
    return { owner, writes, sentence: said.fine(reads.join(", "), writes.join(", ")) };
  }
  if (role !== "write") return { owner, writes: [], sentence: said.readsAll(owner) };
  const teams = items(who["orgs"])
    .filter(({ roleInOrg }) => ["admin", "write", "contributor"].includes(text(roleInOrg)))
    .map(({ name }) => text(name));
  const writes = [owner, ...teams];
  return { owner, writes, sentence: said.writesTo(writes.join(", ")) };
}

function aboutOf(name: string): string {
  const about: Readonly<Record<string, string>> = t.direct.secrets.about;
  return about[name] ?? "";
}
