import { expect, it } from "vitest";
import { AwayError, ProblemError, UnreachableError } from "$lib/api/problem";
import { t } from "$lib/texts";
import { saidOf } from "./said";

it("is the error's own words, if it has any for people", () => {
  const details = { type: "", title: "", status: 409, code: "", field: "", problems: [] };
  const refused = new ProblemError({ ...details, detail: "It runs.", next_step: "Stop it." });
  expect(saidOf(refused)).toEqual({ sentence: "It runs.", nextStep: "Stop it." });
  const away = new AwayError("The pod is silent.", "Wait.");
  expect(saidOf(away)).toEqual({ sentence: "The pod is silent.", nextStep: "Wait." });
  expect(saidOf(new UnreachableError("HTTP 502")).sentence).toBe(t.kit.unreachable);
  expect(saidOf(new TypeError("x is not a function")).sentence).toBe(t.kit.wentWrong);
});
