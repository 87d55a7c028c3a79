import { AwayError, ProblemError, UnreachableError } from "$lib/api/problem";
import { t } from "$lib/texts";

/** What an error says to people, and what to do: in its own words, if it has any. */
export function saidOf(error: unknown): { sentence: string; nextStep: string } {
  if (error instanceof ProblemError || error instanceof AwayError)
    return { sentence: error.message, nextStep: error.nextStep };
  if (error instanceof UnreachableError)
    return { sentence: t.kit.unreachable, nextStep: t.kit.unreachableStep };
  return { sentence: t.kit.wentWrong, nextStep: "" };
}
