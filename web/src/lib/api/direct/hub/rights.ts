import { t } from "$lib/texts";
import { items, table, text, type Table } from "../common/reading";
import { HubRefused, type Hub, type Repository } from "./client";
import { isMissing, passes } from "./says";

/** Whose a token is and what it was given, as the Hub says of it; see `recipes/hub/rights.py`. */
export interface Rights {
  readonly owner: string;
  /** Accounts and repositories. */
  readonly writes: readonly string[];
  readonly sentence: string;
}

/** What a token may do with a repository; `write` also of one that it may make. */
export interface Access {
  readonly exists: boolean;
  readonly read: boolean;
  readonly write: boolean;
  /** Why it may not read, or may not write to what is there. */
  readonly refusal: HubRefused | null;
}

export function rightsOf(who: Table): Rights {
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

/** Tried once, and nothing is made to find out. Rejects where the token is unknown, or HubAway. */
export async function access(
  hub: Hub,
  repository: Repository,
  signal?: AbortSignal,
): Promise<Access> {
  const nothing = { exists: true, read: false, write: false, refusal: null };
  const unseen = await refusalOf(hub.may("read", repository, signal));
  if (unseen && isMissing(unseen)) {
    const [owner = ""] = repository.name.split("/");
    const { writes } = rightsOf(await hub.whoami(signal));
    const write = writes.includes(owner);
    return { ...nothing, exists: false, write, refusal: write ? null : unseen };
  }
  if (unseen) return { ...nothing, refusal: unseen };
  const refusal = await refusalOf(hub.may("write", repository, signal));
  return { exists: true, read: true, write: !refusal, refusal };
}

/** Of an answer that says something about a right: null where it is given. */
async function refusalOf(answer: Promise<void>): Promise<HubRefused | null> {
  try {
    await answer;
    return null;
  } catch (error) {
    if (!(error instanceof HubRefused) || passes(error)) throw error;
    if (error.status === 401 && !isMissing(error) && error.code !== "GatedRepo") throw error;
    return error;
  }
}
