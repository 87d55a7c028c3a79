import { t } from "$lib/texts";
import type { Problem } from "../../types";
import { problem } from "../common/problems";
import { page, type HubRefused, type Repository } from "./client";

/** What was asked of the Hub, for sentences about it; see `recipes/hub/problems.py`. */
export interface About {
  readonly repository: Repository;
  readonly revision?: string;
  readonly path?: string;
  readonly writing?: boolean;
  /** Names that a token for this may have, and the one that was used. */
  readonly secrets: readonly string[];
  readonly secret?: string | undefined;
  /** The setting that names it. */
  readonly field: string;
  /** The Hub's own address. */
  readonly hub: string;
}

/** Whether it says nothing of what was asked about: later the answer may be another. */
export function passes({ status }: HubRefused): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** Whether there is no such repository, or none that its asker may see. */
export function isMissing({ status, code, said, withToken }: HubRefused): boolean {
  if (code) return code === "RepoNotFound";
  if (status === 404) return true;
  return status === 401 && !(withToken && isUnknownToken(said));
}

function isUnknownToken(said: string): boolean {
  return !said || /credentials|token/i.test(said);
}

/** What a refusal means, and what to do about it. */
export function problemOfRefusal(refused: HubRefused, about: About): Problem {
  const said = t.hub.says;
  const { repository, revision, path, secrets, secret, field, hub, writing } = about;
  const { kind, name } = repository;
  const what = said.repository[kind](name);
  const first = secrets[0] ?? "";
  const address = hub + page(repository);
  const told = (code: string, sentence: string, step: string) =>
    problem(sentence, code, field, step);
  const { code, status } = refused;
  if (code === "GatedRepo")
    return told("hub-gated", said.gated(what), said.gatedStep(address, secret ? "" : first));
  if (code === "RevisionNotFound")
    return told("hub-revision", said.revision(revision || "main", what), said.listed(address));
  if (code === "EntryNotFound")
    return told("hub-file", said.file(path ?? "", what), said.pathStep(address));
  if (isMissing(refused))
    return secret
      ? told("hub-missing", said.unseen(what, secret), said.unseenStep)
      : told("hub-missing", said.missing(what), said.missingStep(first));
  if (status === 401)
    return told("hub-token", said.unknownToken(secret ?? first), said.tokenStep(secret ?? first));
  if (status === 403)
    return told(
      "hub-right",
      writing ? said.mayNotWrite(secret ?? first, what) : said.mayNotRead(secret ?? first, what),
      said.rightStep(first),
    );
  return told("hub-answer", said.refuses(status, refused.said), said.lookStep(address));
}
