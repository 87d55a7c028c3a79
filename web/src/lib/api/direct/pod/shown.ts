import { hasEnded } from "$lib/components/states";
import type { State } from "../../types";
import { table, text, whole, type Table } from "../common/reading";
import type { Handle, Phase } from "./handle";

/** The state of a pod's job: one pure function of what the page knows and what the pod said. */

// What of the pod's own state is the job's too.
const PASSED_ON = [
  "phase",
  "step",
  "steps",
  "progress",
  "figure",
  "speed",
  "stopping",
  "saving",
  "waiting",
] as const;

const WAITS_FOR: Partial<Readonly<Record<Phase, string>>> = {
  pushing: "inputs",
  offering: "offer",
  creating: "pod",
  waiting: "pod",
  collecting: "results",
  fetching: "results",
  releasing: "end",
};

export interface Shown {
  [name: string]: unknown;
  state: State;
  attempt: number;
  started: number;
  ended: number | null;
  waiting: Table | null;
  cause: unknown;
  /** How the job came out in its pod, told while that is still there and may cost. */
  outcome: State | null;
  pod: Table | null;
}

/**
 * `pod` is the pod's own state.json, or empty; `started` is when the attempt began. Until the pod
 * is confirmed to be gone the job is not over: it may still cost. `console` is where a pod's owner
 * sees it, a template.
 */
export function shown(
  handle: Handle,
  pod: Table,
  started: number,
  console: string,
  log = 0,
): Shown {
  const passedOn = PASSED_ON.filter((name) => name in pod).map((name) => [name, pod[name]]);
  const state: Shown = {
    state: underWay(handle, pod),
    attempt: handle.attempt,
    started,
    ended: null,
    needs: [],
    ...outcomeOf(handle, pod),
    waiting: null,
    ...(Object.fromEntries(passedOn) as object),
    pod: podOf(handle, console),
  };
  if (state["step"] && log) {
    const step = table(state["step"]);
    state["step"] = { ...step, offset: whole(step["offset"]) + log };
  }
  if (handle.phase === "gone") {
    const end = handle.verdict ?? { state: pod["state"] as State, cause: pod["cause"] ?? null };
    return { ...state, ...end, outcome: null, ended: handle.ended, waiting: null, stopping: null };
  }
  const waits = WAITS_FOR[handle.phase];
  if (waits) state.waiting = { for: waits };
  if (handle.upload && (handle.phase === "pushing" || handle.phase === "running"))
    state.waiting = { for: "inputs", upload: handle.upload };
  if (handle.said && state.waiting) state.waiting = { ...state.waiting, said: handle.said };
  return state;
}

/** How a job was asked to stop, as its pod has noted it. */
export function stopping(pod: Table): "save" | "now" | null {
  const { how } = table(pod["stopping"]);
  return how === "save" || how === "now" ? how : null;
}

function underWay({ phase, asked }: Handle, pod: Table): State {
  switch (phase) {
    case "pushing":
    case "offering":
    case "creating":
    case "waiting":
      return "provisioning";
    case "collecting":
    case "releasing":
      return Object.keys(pod).length ? "finishing" : "provisioning";
    case "fetching":
      return asked ? "finishing" : "provisioning";
    default: {
      const now = (text(pod["state"]) || "queued") as State;
      if (hasEnded(now)) return "finishing"; // over there, and not fetched yet
      return now === "queued" || now === "provisioning" ? "preparing" : now;
    }
  }
}

function outcomeOf(
  { asked, phase, verdict }: Handle,
  pod: Table,
): Pick<Shown, "outcome" | "cause"> {
  const there = asked && ["running", "collecting", "fetching", "releasing"].includes(phase);
  const now = (text(pod["state"]) || "queued") as State;
  if (!there || verdict || !hasEnded(now)) return { outcome: null, cause: null };
  return { outcome: now, cause: pod["cause"] ?? null };
}

function podOf(handle: Handle, console: string): Table | null {
  if (!handle.asked) return null;
  return {
    id: handle.pod,
    name: handle.name,
    gpu: handle.gpu_name || handle.gpu,
    gpu_count: handle.gpu_count,
    cloud: handle.cloud,
    dollars_an_hour: handle.dollars_an_hour,
    created: handle.created,
    ended: handle.ended,
    deadline: handle.deadline,
    url: handle.pod ? consoleAddress(console, handle.pod) : "",
  };
}

/** The page on which RunPod shows a pod to its owner. */
export function consoleAddress(template: string, pod: string): string {
  return template.replace("{pod}", encodeURIComponent(pod));
}
