import type { Problem, Tested } from "$lib/api/types";

export type KeyName = "RUNPOD_API_KEY" | "HF_TOKEN" | "HF_READ_TOKEN" | "HF_WRITE_TOKEN";

/** What is wrong with a key, by its test; one of which nothing could be found out may be used. */
export function problemOf({ ok, sentences, next_step }: Tested): Problem | undefined {
  if (ok !== false) return undefined;
  const sentence = sentences.join(" ");
  return { sentence, next_step, code: "key", field: "", severity: "error", place: "" };
}
