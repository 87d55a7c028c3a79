import type { Problem, ProblemDetails } from "./types";

/** What the server refused, in its own words (RFC 9457). `message` is the sentence. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly details: ProblemDetails;

  constructor(details: ProblemDetails) {
    super(details.detail);
    this.details = details;
  }

  get status(): number {
    return this.details.status;
  }

  get code(): string {
    return this.details.code;
  }

  get nextStep(): string {
    return this.details.next_step;
  }

  get problems(): readonly Problem[] {
    return this.details.problems;
  }
}

/** The server could not be reached, so nobody knows whether it was done. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

/** The same of others than Tuneyard's server: a pod, the Hub, a site's own files. In words for people. */
export class AwayError extends UnreachableError {
  readonly nextStep: string;

  constructor(sentence: string, nextStep: string, options?: ErrorOptions) {
    super(sentence, options);
    this.nextStep = nextStep;
  }
}

export function isProblem(value: unknown): value is ProblemDetails {
  return (
    typeof value === "object" &&
    value !== null &&
    "detail" in value &&
    typeof value.detail === "string" &&
    "status" in value &&
    typeof value.status === "number"
  );
}
