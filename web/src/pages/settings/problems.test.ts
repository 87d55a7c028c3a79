import { expect, it } from "vitest";
import { ProblemError, UnreachableError } from "$lib/api/problem";
import type { ProblemDetails } from "$lib/api/types";
import { problemsOf } from "./problems";

const details: ProblemDetails = {
  type: "about:blank",
  title: "Not possible",
  status: 503,
  detail: "There is no keyring here.",
  code: "no-keyring",
  field: "keep",
  next_step: "Keep it in a file.",
  problems: [],
};

it("is the one sentence of an error, at its field", () => {
  expect(problemsOf(new ProblemError(details))).toEqual([
    {
      sentence: "There is no keyring here.",
      next_step: "Keep it in a file.",
      code: "no-keyring",
      field: "keep",
      severity: "error",
      place: "",
    },
  ]);
});

it("is each of several problems", () => {
  const [one] = problemsOf(new ProblemError(details));
  if (!one) throw new Error("nothing");
  const several = [one, { ...one, field: "other" }];
  expect(problemsOf(new ProblemError({ ...details, problems: several }))).toEqual(several);
});

it("says so when nobody answered", () => {
  const [problem] = problemsOf(new UnreachableError("gone"));
  expect(problem?.code).toBe("unreachable");
  expect(problem?.field).toBe("");
});
