import { ProblemError } from "$lib/api/problem";
import type { Problem } from "$lib/api/types";
import { t } from "$lib/texts";

/** What was refused, as problems to show at fields. One that was no answer has no field. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (!(error instanceof ProblemError))
    return [plain(t.kit.unreachable, t.kit.unreachableStep, "unreachable", "")];
  if (error.problems.length) return error.problems;
  return [plain(error.message, error.nextStep, error.code, error.details.field)];
}

function plain(sentence: string, nextStep: string, code: string, field: string): Problem {
  return { sentence, next_step: nextStep, code, field, severity: "error", place: "" };
}
