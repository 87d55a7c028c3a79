import { hasEnded } from "$lib/components/states";
import type { PodView } from "../../types";
import { now } from "../common/clock";
import * as keys from "../common/keys";
import { KEY, parsePodName } from "../common/names";
import { asProblem } from "../common/problems";
import { consoleAddress } from "../pod/shown";
import { RunPodError, keyMissing } from "../runpod/errors";
import { isRunning, spentOn, type Pod } from "../runpod/pods";
import type { Jobs } from "../visit/jobs";
import type { DirectControl } from "./later";

type Rented = Pick<DirectControl, "pods" | "endPod" | "sweepPods">;

/** Every pod of the account, with the job it belongs to. */
export function rented(load: () => Promise<Jobs>): Rented {
  return {
    async pods(signal) {
      const jobs = await load();
      try {
        if (!keys.has(KEY)) throw keyMissing();
        const pods = await jobs.attach();
        const balance = await jobs.runpod.balance(signal);
        const spend = pods.filter(isRunning).reduce((sum, pod) => sum + pod.dollars_an_hour, 0);
        const views = pods.map((pod) => podView(pod, jobs));
        return {
          pods: views.sort((a, b) => (b.created ?? 0) - (a.created ?? 0)),
          balance: balance?.dollars ?? null,
          dollars_an_hour: Number(spend.toFixed(4)),
          problem: null,
        };
      } catch (error) {
        if (!(error instanceof RunPodError)) throw error;
        return { pods: [], balance: null, dollars_an_hour: 0, problem: asProblem(error) };
      }
    },
    async endPod(id) {
      const jobs = await load();
      const whose = jobs.all().filter(({ handle }) => handle.pod === id);
      for (const each of whose) each.endedHere = true;
      await jobs.runpod.endAndConfirm(id);
      for (const each of whose) each.hurry();
    },
    async sweepPods(yes) {
      const jobs = await load();
      const views = (await jobs.attach()).map((pod) => podView(pod, jobs));
      const left = views.filter(({ whose }) => whose === "orphan");
      if (yes) await Promise.all(left.map(({ id }) => jobs.runpod.endAndConfirm(id)));
      return left;
    },
  };
}

function podView(pod: Pod, jobs: Jobs): PodView {
  const own = jobs.ofPod(pod);
  return {
    id: pod.id,
    name: pod.name,
    status: pod.status,
    whose: whose(pod, jobs),
    job: own?.id ?? null,
    job_name: own?.draft.name ?? "",
    gpu: pod.gpu,
    gpu_count: pod.gpu_count,
    cloud: pod.cloud,
    dollars_an_hour: pod.dollars_an_hour,
    spent: spentOn(pod, now(), own?.handle.dollars_an_hour),
    created: pod.created,
    url: consoleAddress(jobs.site.hosts.console, pod.id),
  };
}

/** In doubt a pod is its job's: what lives is not swept away. */
function whose(pod: Pod, jobs: Jobs): PodView["whose"] {
  const own = jobs.ofPod(pod);
  if (!own) return parsePodName(pod.name) ? "elsewhere" : "other";
  const { phase, pod: known } = own.handle;
  if (known && known !== pod.id) return "orphan"; // a job has one pod
  return phase === "collecting" || hasEnded(jobs.row(own).state) ? "ending" : "job";
}
