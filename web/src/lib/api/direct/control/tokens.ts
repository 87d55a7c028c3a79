import { t } from "$lib/texts";
import { AwayError, ProblemError } from "../../problem";
import type { SecretView, Tested } from "../../types";
import * as keys from "../common/keys";
import { KEY } from "../common/names";
import { problemOf } from "../common/problems";
import { money } from "../common/words";
import { Hub, HubAway, HubRefused, type Kind, type Repository } from "../hub/client";
import { access, rightsOf, type Access } from "../hub/rights";
import type { RunPod } from "../runpod/client";
import { RunPodError } from "../runpod/errors";
import { isRunning } from "../runpod/pods";
import type { Fetch } from "../site/site";
import type { Jobs } from "../visit/jobs";
import type { DirectControl } from "./later";

/** The secrets that this page knows of, what they can do, and how they are given and taken. */

const HUB = ["HF_TOKEN", "HF_READ_TOKEN", "HF_WRITE_TOKEN", "HF_BASE_TOKEN"];
const NAMES = [KEY, ...HUB, "WANDB_API_KEY"];
const COVERED = new Set(["HF_READ_TOKEN", "HF_WRITE_TOKEN", "HF_BASE_TOKEN"]);
const LONGEST = 4096; // characters
const REPOSITORY =
  /^(?:hf:|https?:\/\/[^/]+\/)?(?:(datasets|models)\/)?([A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95})\/?$/;

/** What each is for: the kinds of repository, and what it may do there. */
const USES: Readonly<
  Record<string, { kinds: readonly Kind[]; needs: readonly ("read" | "write")[] }>
> = {
  HF_READ_TOKEN: { kinds: ["dataset"], needs: ["read"] },
  HF_WRITE_TOKEN: { kinds: ["model"], needs: ["write"] },
  HF_BASE_TOKEN: { kinds: ["model"], needs: ["read"] },
};

type Secrets = Pick<DirectControl, "secrets" | "keepSecret" | "removeSecret" | "testSecret">;

export function secretCalls(load: () => Promise<Jobs>, send: Fetch): Secrets {
  const hub = async (token: string) => new Hub((await load()).site.hosts.hub, send, token);
  return {
    secrets: () => Promise.resolve(secretViews()),
    /** Tried first: rejects where it is known not to be taken. */
    async keepSecret(name, value) {
      const found = cleaned(name, value);
      if (name === KEY) await testKey((await load()).trying(found));
      else if (HUB.includes(name)) await mustBeKnown(name, await hub(found));
      keys.keep(name, found);
      if (name === KEY) (await load()).hurry();
    },
    /** With the account's key goes all that it opened, the tokens of pods among it. */
    async removeSecret(name) {
      keys.forget(name);
      if (name === KEY) (await load()).forget();
    },
    async testSecret(name, { value, repository = "" } = {}, signal) {
      const held = value ?? keys.key(name);
      const { unheld, unheldStep, untested } = t.direct.secrets;
      if (!held)
        throw new ProblemError(problemOf(unheld(name), "no-secret", unheldStep, name, 404));
      const tried = cleaned(name, held);
      try {
        if (name === KEY) return await testKey((await load()).trying(tried), signal);
        if (HUB.includes(name))
          return await testToken(name, await hub(tried), repository.trim(), signal);
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
async function testToken(name: string, hub: Hub, tried: string, signal?: AbortSignal) {
  const said = t.direct.secrets;
  try {
    const { owner, writes, sentence } = rightsOf(await hub.whoami(signal));
    const sentences = [said.owner(owner), sentence];
    if (tried) return await testOn(name, hub, tried, sentences, signal);
    if (name === "HF_WRITE_TOKEN" && !writes.length)
      return { ok: false, sentences, next_step: said.writeStep };
    return { ok: true, sentences, next_step: "" };
  } catch (error) {
    if (error instanceof HubAway) throw new AwayError(said.hubAway, said.later, { cause: error });
    if (!(error instanceof HubRefused)) throw error;
    if (error.status === 401 || error.status === 403)
      return { ok: false, sentences: [said.hubRefuses], next_step: said.hubStep };
    return { ok: null, sentences: [said.hubTrouble(error.status)], next_step: said.later };
  }
}

/** Tried on one repository; of a token for several kinds, on each that there is. */
async function testOn(
  name: string,
  hub: Hub,
  tried: string,
  sentences: string[],
  signal?: AbortSignal,
): Promise<Tested> {
  const said = t.hub.tried;
  const [, named, repository] = REPOSITORY.exec(tried) ?? [];
  if (!repository) {
    const step = said.repositoryStep;
    throw new ProblemError(problemOf(said.repository(tried), "hub-name", step, "repository"));
  }
  const uses = USES[name] ?? { kinds: ["dataset", "model"], needs: ["read", "write"] };
  const kinds =
    named === "datasets" ? ["dataset" as const] : named ? ["model" as const] : uses.kinds;
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const asked: Repository = { kind, name: repository };
      return { asked, may: await access(hub, asked, signal) };
    }),
  );
  const there = found.filter(({ may }) => may.exists);
  const telling = there.length ? there : found;
  const told = telling.map(({ asked, may }) => ({
    sentence: accessWords(asked, may),
    step: may.write || may.read ? "" : t.hub.says.unseenStep,
  }));
  const ok = found.some(({ may }) => uses.needs.some((need) => may[need]));
  const step = told.find((each) => each.step)?.step ?? said.writeStep(name);
  return {
    ok,
    sentences: [...sentences, ...told.map(({ sentence }) => sentence)],
    next_step: ok ? "" : step,
  };
}

function accessWords({ kind, name }: Repository, { exists, read, write }: Access): string {
  const said = t.hub.tried;
  const what = t.hub.says.repository[kind](name);
  if (!exists) return write ? said.mayMake(what) : said.unseen(what);
  return read ? said.may(write ? said.both : said.read, what) : said.mayNot(what);
}

/** An outcome in place of a problem: of one that passes nobody knows. */
function failedTest(error: unknown): Tested {
  if (error instanceof AwayError)
    return { ok: null, sentences: [error.message], next_step: error.nextStep };
  if (!(error instanceof ProblemError)) throw error;
  const passing = error instanceof RunPodError && (error.passing || error.kind === "gate");
  return { ok: passing ? null : false, sentences: [error.message], next_step: error.nextStep };
}

async function mustBeKnown(name: string, hub: Hub): Promise<void> {
  const { ok, sentences, next_step } = await testToken(name, hub, "").catch(
    (error: unknown) => failedTest(error), // whether it is known will show when it is used
  );
  if (ok === false)
    throw new ProblemError(problemOf(sentences.at(-1) ?? "", "token", next_step, name));
}

function aboutOf(name: string): string {
  const about: Readonly<Record<string, string>> = t.direct.secrets.about;
  return about[name] ?? "";
}
