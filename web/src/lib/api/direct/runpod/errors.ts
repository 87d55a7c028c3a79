import { t } from "$lib/texts";
import { ProblemError } from "../../problem";
import { problemOf } from "../common/problems";
import { table, text } from "../common/reading";
import { hidden, quoted, soon } from "../common/words";
import type { Answer } from "./answer";

/**
 * What RunPod, or the way to it, refused; each in words, with what to do.
 *
 *     offline   it was never reached: certainly nothing was done there
 *     barred    the browser may not ask it from this page, and the other way was not allowed
 *     gate      turned away before the key was looked at
 *     key       the key is missing, unknown, or may not do this
 *     capacity  none of these GPUs is free now; another may be
 *     balance   there isn't enough money on the account
 *     refused   the request itself, with what RunPod says of it
 *     busy      too many requests; `seconds` says when to ask again
 *     trouble   its own failure; nothing of it is our doing
 *     strange   what answers is not RunPod as we know it
 *     unsure    a create was sent and nobody knows what came of it
 *     there     a pod was told to end, and has not
 *
 * Only `unsure` leaves doubt: whoever gets it looks for the pod by its name before anything else.
 * No error holds what was sent.
 */
export type Kind =
  | "offline"
  | "barred"
  | "gate"
  | "key"
  | "capacity"
  | "balance"
  | "refused"
  | "busy"
  | "trouble"
  | "strange"
  | "unsure"
  | "there";

export class RunPodError extends ProblemError {
  readonly kind: Kind;
  readonly seconds: number;

  constructor(kind: Kind, sentence: string, code: string, nextStep: string, seconds = 0) {
    super(problemOf(sentence, code, nextStep, "", 502));
    this.kind = kind;
    this.seconds = seconds;
  }

  /** Whether the same may well be answered later. */
  get passing(): boolean {
    return this.kind === "offline" || this.kind === "busy" || this.kind === "trouble";
  }
}

const NO_CAPACITY = "instances available"; // of the one sentence that says so: it has no code
const REFUSALS = [400, 404, 409, 413, 422];

/** What an answer that is no success means. `secrets` are starred out of what it says. */
export function refusal(answer: Answer, secrets: Iterable<string>): RunPodError {
  const { status } = answer;
  const said = hidden(saidBy(answer), secrets);
  const words = t.direct.runpod;
  if (status === 401) return keyRefused();
  if (status === 403)
    return answer.kind.includes("json")
      ? new RunPodError("key", words.mayNot, "runpod-right", words.mayNotStep)
      : new RunPodError("gate", words.gate, "runpod-gate", words.gateStep);
  if (status === 429)
    return new RunPodError(
      "busy",
      words.busy,
      "runpod-busy",
      words.busyStep(soon(answer.wait)),
      answer.wait,
    );
  if (status === 402)
    return new RunPodError("balance", words.balance(said), "runpod-balance", words.balanceStep);
  if (status === 400 && said.toLowerCase().includes(NO_CAPACITY))
    return new RunPodError("capacity", words.capacity, "runpod-capacity", words.capacityStep);
  if (status >= 500) return trouble(status);
  if (REFUSALS.includes(status) || (status >= 400 && said))
    return new RunPodError(
      "refused",
      words.refused(status, said || words.noReason),
      "runpod-refused",
      words.refusedStep,
    );
  return strange();
}

export function keyRefused(): RunPodError {
  const { key, keyStep } = t.direct.runpod;
  return new RunPodError("key", key, "runpod-key", keyStep);
}

export function keyMissing(): RunPodError {
  const { noKey, keyStep } = t.direct.runpod;
  return new RunPodError("key", noKey, "no-runpod-key", keyStep);
}

export function offline(host: string): RunPodError {
  const { offline, offlineStep } = t.direct.runpod;
  return new RunPodError("offline", offline(host), "runpod-offline", offlineStep);
}

export function barred(host: string, hasPass: boolean): RunPodError {
  const words = t.direct.runpod;
  const step = hasPass ? words.barredStep : words.barredNoPassStep;
  return new RunPodError("barred", words.barred(host), "runpod-barred", step);
}

export function trouble(status: number): RunPodError {
  const { trouble, troubleStep } = t.direct.runpod;
  return new RunPodError("trouble", trouble(status), "runpod-busy", troubleStep);
}

export function strange(): RunPodError {
  const { strange, strangeStep } = t.direct.runpod;
  return new RunPodError("strange", strange, "runpod-strange", strangeStep);
}

export function endless(): RunPodError {
  const { endless, endlessStep } = t.direct.runpod;
  return new RunPodError("strange", endless, "runpod-list", endlessStep);
}

export function unsure(): RunPodError {
  const { unsure, unsureStep } = t.direct.runpod;
  return new RunPodError("unsure", unsure, "runpod-unsure", unsureStep);
}

export function stillThere(pod: string): RunPodError {
  const { stillThere, stillThereStep } = t.direct.runpod;
  return new RunPodError("there", stillThere(pod), "pod-still-there", stillThereStep);
}

/** RunPod's own words on a refusal: `detail`, and what else it found wrong. */
function saidBy({ data }: Answer): string {
  const about = table(data);
  const detail = text(about["detail"]) || text(about["error"]) || text(about["message"]);
  const errors = Array.isArray(about["errors"]) ? about["errors"].map(text) : [];
  return [detail, ...errors]
    .slice(0, 6)
    .map((part) => quoted(part))
    .filter(Boolean)
    .map((part) => (/[.!?…]$/.test(part) ? part : `${part}.`))
    .join(" ");
}
