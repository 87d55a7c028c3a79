import type { JobDraft, Needs } from "../types";
import { table } from "./reading";

/**
 * What a training needs, which a recipe says as data, since a page can't make a plan: a number,
 * null, a job's own value, or what is to be reckoned from these.
 */
export type Expression = number | null | Readonly<Record<string, unknown>>;

export interface NeedsSaid {
  readonly gpus: Expression;
  readonly gpu_memory_gb: Expression;
  readonly disk_gb: Expression;
  readonly source: string;
}

export function needsOf(draft: JobDraft, said: NeedsSaid): Needs {
  return {
    disk_gb: numberOf(said.disk_gb, draft),
    memory_gb: null,
    gpus: numberOf(said.gpus, draft) ?? 0,
    gpu_memory_gb: numberOf(said.gpu_memory_gb, draft),
    source: said.source,
  };
}

function numberOf(expression: Expression, draft: JobDraft): number | null {
  const value = evaluate(expression, draft);
  return typeof value === "number" ? value : null;
}

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
      return Math.max(...numbers());
    case "whole": {
      const [a = 0, b = 1] = numbers();
      return Math.floor(a / b);
    }
    case "rounded": {
      const [value = 0, digits = 0] = numbers();
      return Number(value.toFixed(digits));
    }
    case "by": {
      const choice = expression as { by: unknown; is: unknown; else: unknown };
      const key = String(evaluate(choice.by, draft));
      const cases = table(choice.is);
      return evaluate(key in cases ? cases[key] : choice.else, draft);
    }
    default:
      throw new Error(`A recipe's need can't be read: ${JSON.stringify(expression)}`);
  }
}
