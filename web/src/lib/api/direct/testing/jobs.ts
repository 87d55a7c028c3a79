import type { JobDraft, JobView } from "../../types";
import * as keys from "../common/keys";
import { testVisit, until, type TestVisit } from "./visit";

/** The visit of the test that runs: each has one of its own, which `begin` makes. */
export let visit: TestVisit;

/** With a token, which jobs that push their results can't do without. */
export async function begin(more?: Parameters<typeof testVisit>[0]): Promise<void> {
  visit = await testVisit(more);
  keys.keep("HF_TOKEN", "hf_canary");
}

export async function end(): Promise<void> {
  await visit.close();
}

export function draftOf(more: Partial<JobDraft> = {}): JobDraft {
  return {
    format: 1,
    recipe: "piper",
    name: "first voice",
    settings: { dataset: "hf:me/recordings" },
    compute: { name: "runpod" },
    results: { repository: "me/voice" },
    ...more,
  };
}

export const viewOf = (id: string) => () => visit.control.job(id);
export const is = (state: string) => (view: JobView) => view.state === state;

/** A job whose pod answers. */
export async function running(more: Partial<JobDraft> = {}): Promise<string> {
  const { id } = await visit.control.create(draftOf(more));
  await until(viewOf(id), is("preparing"));
  return id;
}
