import { ProblemError } from "../../problem";
import type { Problem, ProblemDetails } from "../../types";

/** A refusal of this page's own, in the shape that a server's has. */
export function problemOf(
  detail: string,
  code: string,
  nextStep = "",
  field = "",
  status = 422,
): ProblemDetails {
  return {
    type: "about:blank",
    title: detail,
    status,
    detail,
    code,
    field,
    next_step: nextStep,
    problems: [],
  };
}

/** One thing that is wrong, or may be. */
export function problem(
  sentence: string,
  code: string,
  field = "",
  nextStep = "",
  severity: Problem["severity"] = "error",
): Problem {
  return { sentence, code, field, next_step: nextStep, severity, place: "" };
}

/** Several at once, each for its field; the first one's sentence stands for them. */
export function problemsError(problems: readonly Problem[]): ProblemError {
  const [first] = problems;
  const said = problemOf(first?.sentence ?? "", first?.code ?? "", first?.next_step, first?.field);
  return new ProblemError({ ...said, problems: [...problems] });
}

/** An error of this page as one problem, for where it is shown beside others. */
export function asProblem(error: ProblemError): Problem {
  return problem(error.message, error.code, error.details.field, error.nextStep);
}
