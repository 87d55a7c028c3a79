import { moment, number, table, text, whole } from "../common/reading";
import { strange } from "./errors";

/**
 * A pod as RunPod tells of it. `status` is RunPod's word, known or not: it is RUNNING from the
 * first moment on, so what says that the container is up is `uptime`. `dollars_an_hour` is the
 * price of its GPUs. Its environment holds tokens in clear and is read by `attach` alone.
 */
export interface Pod {
  id: string;
  name: string;
  status: string;
  dollars_an_hour: number;
  created: number | null;
  uptime: number | null;
  gpu: string;
  gpu_count: number;
  cloud: string;
  disk_gb: number;
}

export const GONE = "TERMINATED";
const IDLE = ["EXITED", GONE]; // these no longer use a GPU, whatever price they show

/** Throws the RunPodError strange of what has no id: a pod that is overlooked is paid for unseen. */
export function readPod(data: unknown): Pod {
  const pod = table(data);
  const id = text(pod["id"]).trim();
  if (!id) throw strange();
  const gpu = table(pod["gpu"]);
  return {
    id,
    name: text(pod["name"]),
    status: text(pod["status"]),
    dollars_an_hour: number(pod["cost"]) ?? 0,
    created: moment(pod["createdAt"]),
    uptime: number(table(pod["runtime"])["uptime"]),
    gpu: text(gpu["id"]),
    gpu_count: Object.keys(gpu).length ? whole(gpu["count"], 1) : 0,
    cloud: text(pod["cloud"]).toLowerCase(),
    disk_gb: whole(pod["disk"]),
  };
}

/** The variables that a pod was given, as far as they are texts. */
export function environmentOf(data: unknown): Readonly<Record<string, string>> {
  const env = Object.entries(table(table(data)["env"]));
  return Object.fromEntries(
    env.filter((each): each is [string, string] => typeof each[1] === "string"),
  );
}

/** Whether it uses a GPU, or is about to; of an unknown status this is to be feared. */
export function isRunning({ status }: Pick<Pod, "status">): boolean {
  return !IDLE.includes(status);
}

/** Dollars since it was made; null where that can't be told. */
export function spentOn(pod: Pod, now: number, anHour = pod.dollars_an_hour): number | null {
  if (pod.created === null || !isRunning(pod)) return null;
  return (Math.max(0, now - pod.created) / 3600) * anHour;
}
