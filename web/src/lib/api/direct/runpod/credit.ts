import { t } from "$lib/texts";
import type { Problem } from "../../types";
import { problem } from "../common/problems";
import { money, span } from "../common/words";
import type { Balance } from "./client";
import { fullPrice, seconds } from "./limits";
import type { PodSettings } from "./settings";

/**
 * What stands against a pod whose GPUs cost so much, beside all that the account pays for. RunPod
 * wants an hour's credit before it rents anything out, and ends every pod when there is none left.
 */
export function creditProblems(balance: Balance, settings: PodSettings, anHour: number): Problem[] {
  const said = t.direct.credit;
  const hour = fullPrice(settings, anHour);
  const all = balance.dollars_an_hour + hour;
  const have = money(balance.dollars);
  if (balance.dollars < hour)
    return [problem(said.tooLittle(have, money(hour)), "runpod-balance", "", said.step)];
  if (balance.limit && all > balance.limit) {
    const sentence = said.overTheLimit(money(balance.limit), money(all));
    return [problem(sentence, "runpod-spend-limit", "", said.limitStep)];
  }
  const lasts = (balance.dollars / all) * 3600;
  if (lasts >= seconds(settings, anHour)) return [];
  const others = balance.dollars_an_hour ? money(balance.dollars_an_hour) : "";
  const sentence = said.mayRunOut(have, span(lasts), others);
  return [problem(sentence, "runpod-credit", "compute.max_dollars", said.lessStep, "warning")];
}
