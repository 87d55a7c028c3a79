import type { Cause, State } from "../../types";

/**
 * pushing, offering: looks for a place · creating: has asked for a pod, and does not know yet
 * whether there is one · waiting: there is one, and its face doesn't answer yet · running: the
 * face answered · collecting: the job is over, its results are there to be fetched · releasing:
 * the pod is to end · gone: it has ended, and that was confirmed
 */
export type Phase =
  | "pushing"
  | "offering"
  | "creating"
  | "waiting"
  | "running"
  | "collecting"
  | "releasing"
  | "fetching"
  | "gone";

export interface Verdict {
  state: State;
  cause: Cause | null;
}

/** What the page knows of the pod of a job; times in seconds since 1970. */
export interface Handle {
  attempt: number;
  name: string;
  token: string;
  phase: Phase;
  /** Empty while the answer is unknown. */
  pod: string;
  asked: number | null;
  created: number | null;
  ended: number | null;
  deadline: number;
  gpu: string;
  gpu_name: string;
  gpu_count: number;
  cloud: string;
  dollars_an_hour: number;
  /** What the pod or RunPod said last, before the face answered. */
  said: string;
  /** The end that the page decided on. */
  verdict: Verdict | null;
  upload: { sent: number; bytes: number } | null;
}

export function newHandle(name: string, token: string, attempt = 1): Handle {
  return {
    attempt,
    name,
    token,
    phase: "offering",
    pod: "",
    asked: null,
    created: null,
    ended: null,
    deadline: 0,
    gpu: "",
    gpu_name: "",
    gpu_count: 1,
    cloud: "",
    dollars_an_hour: 0,
    said: "",
    verdict: null,
    upload: null,
  };
}
