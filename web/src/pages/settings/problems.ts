import { ProblemError } from "$lib/api/problem";
import type { Problem } from "$lib/api/types";
import { saidOf } from "$lib/components/said";

/** What was refused, as problems to show at fields. One that was no answer has no field. */
export function problemsOf(error: unknown): readonly Problem[] {
  if (!(error instanceof ProblemError)) {
    const { sentence, nextStep } = saidOf(error);
    return [plain(sentence, nextStep, "unreachable", "")];
  }
  if (error.problems.length) return error.problems;
  return [plain(error.message, error.nextStep, error.code, error.details.field)];
}

function plain(sentence: string, nextStep: string, code: string, field: string): Problem {
  return { sentence, next_step: nextStep, code, field, severity: "error", place: "" };
}
