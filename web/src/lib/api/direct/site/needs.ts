import type { JobDraft, Needs } from "../../types";
import { table, text } from "../common/reading";

/**
 * What a training needs, which a recipe says as data, since a page can't make a plan: a number,
 * null, a job's own value, or what is to be reckoned from these.
 */
export type Expression = number | string | null | Readonly<Record<string, unknown>>;

export interface NeedsSaid {
  readonly gpus: Expression;
  readonly gpu_memory_gb: Expression;
  /** A text as well, where it isn't the `source` of all. */
  readonly gpu_memory_source?: Expression;
  readonly disk_gb: Expression;
  /** A text. */
  readonly source: Expression;
}

export function needsOf(draft: JobDraft, said: NeedsSaid): Needs {
  return {
    disk_gb: numberOf(said.disk_gb, draft),
    memory_gb: null,
    gpus: numberOf(said.gpus, draft) ?? 0,
    gpu_memory_gb: numberOf(said.gpu_memory_gb, draft),
    source: text(evaluate(said.source, draft)),
    gpu_memory_source: text(evaluate(said.gpu_memory_source ?? "", draft)),
  };
}

function numberOf(expression: Expression, draft: JobDraft): number | null {
  const value = evaluate(expression, draft);
  return typeof value === "number" ? value : null;
}

type Cases = readonly (readonly [Readonly<Record<string, string>>, unknown])[];

function evaluate(expression: unknown, draft: JobDraft): unknown {
  if (typeof expression !== "object" || expression === null) return expression;
  const [word, given] = Object.entries(expression)[0] ?? [];
  const parts = () => (given as unknown[]).map((each) => evaluate(each, draft));
  const numbers = () => parts().map(Number);
  switch (word) {
    case "setting":
      return draft.settings[String(given)] ?? null;
    case "compute":
      return (draft.compute as Readonly<Record<string, unknown>>)[String(given)] ?? null;
    case "first":
      return parts().find((each) => each !== null) ?? null;
    case "sum":
      return numbers().reduce((sum, each) => sum + each, 0);
    case "product":
      return numbers().reduce((product, each) => product * each, 1);
    case "most":
      return parts().reduce<number | null>(
        (most, each) => (each === null ? most : Math.max(Number(each), most ?? -Infinity)),
        null,
      );
    case "largest":
      return besideLargest(given as readonly (readonly [unknown, unknown])[], draft);
    case "quotient": {
      const [a = 0, b = 1] = numbers();
      return a / b;
    }
    case "whole": {
      const [a = 0, b = 1] = numbers();
      return Math.floor(a / b);
    }
    case "rounded": {
      const [value, digits] = parts();
      return value === null ? null : Number(Number(value).toFixed(Number(digits)));
    }
    case "by": {
      const choice = expression as { by: unknown; is: unknown; else: unknown };
      const key = written(evaluate(choice.by, draft));
      const cases = table(choice.is);
      return evaluate(key in cases ? cases[key] : choice.else, draft);
    }
    case "cases": {
      const choice = expression as { cases: Cases; else: unknown };
      const found = choice.cases.find(([where]) => fits(where, draft));
      return evaluate(found ? found[1] : choice.else, draft);
    }
    default:
      throw new Error(`A recipe's need can't be read: ${JSON.stringify(expression)}`);
  }
}

/** What stands beside the largest of the numbers that are known; null if none is. */
function besideLargest(pairs: readonly (readonly [unknown, unknown])[], draft: JobDraft): unknown {
  const known = pairs
    .map(([number, beside]) => ({ number: evaluate(number, draft), beside }))
    .filter(({ number }) => number !== null);
  const most = Math.max(...known.map(({ number }) => Number(number)));
  return known.find(({ number }) => Number(number) === most)?.beside ?? null;
}

function fits(where: Readonly<Record<string, string>>, draft: JobDraft): boolean {
  return Object.entries(where).every(([name, pattern]) =>
    new RegExp(`^(?:${pattern})$`, "iu").test(written(draft.settings[name] ?? null)),
  );
}

function written(value: unknown): string {
  return typeof value === "boolean" ? String(value) : text(value);
}
