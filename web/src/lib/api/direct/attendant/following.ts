import { t } from "$lib/texts";
import { text } from "../common/reading";
import { CHANNELS, FaceAway, FaceRefused, type Stream } from "../pod/face";
import type { Verdict } from "../pod/handle";
import { stopping } from "../pod/shown";
import { RunPodError } from "../runpod/errors";
import { ask, find } from "./asking";
import type { Attended } from "./attended";
import { Sending } from "./sending";
import * as verdicts from "./verdicts";

/** Looks after one job until its pod is confirmed to be gone, or the page forgets it. */
export async function attend(here: Attended): Promise<void> {
  try {
    while (!here.over) {
      switch (here.handle.phase) {
        case "offering":
        case "pushing":
        case "fetching":
          await ask(here);
          break;
        case "creating":
          await find(here);
          break;
        case "waiting":
          await wait(here);
          break;
        case "running":
          await follow(here);
          break;
        case "collecting":
          await keep(here);
          break;
        case "releasing":
          await release(here);
          break;
        case "gone":
      }
    }
  } catch (error) {
    if (!here.signal.aborted) throw error;
  }
}

/** Until the pod's face answers for the first time. */
async function wait(here: Attended): Promise<void> {
  const { waits } = here.visit;
  const begun = Date.now();
  while (!here.stopping) {
    try {
      here.heard(await here.face.job(here.signal));
      here.to("running");
      return;
    } catch (error) {
      if (error instanceof FaceRefused) here.say(t.direct.says.refuses(error.message));
      else if (!(error instanceof FaceAway)) throw error;
    }
    const verdict = await lost(here);
    if (verdict) {
      here.end(verdict);
      return;
    }
    if (Date.now() > begun + waits.start) {
      here.end(verdicts.neverAnswered(here.handle.said));
      return;
    }
    await here.pause(waits.look);
  }
  here.end(verdicts.stopped);
}

/** While the pod trains: what is new is told, stops and inputs go there. */
async function follow(here: Attended): Promise<void> {
  const { waits } = here.visit;
  const sending = new Sending(here);
  const looking = setInterval(() => void here.look(), waits.large);
  let held = false;
  let breaks = 0;
  try {
    for (;;) {
      try {
        const { face } = here;
        const job = await face.job(here.signal);
        here.heard(job);
        breaks = 0;
        void here.look();
        sending.pump();
        await tellStop(here);
        // Of the log only what is new is streamed: who wants more reads it.
        if (here.feeds.log.at === 0) here.feeds.log.jump(job.sizes.log);
        if (here.feeds.metrics.at === 0) here.feeds.metrics.jump(job.sizes.metrics);
        const from = {
          log: here.feeds.log.at,
          metrics: here.feeds.metrics.at,
          events: here.feeds.events.at,
        };
        const how: Stream = held
          ? await face.poll(from, here.hearing, waits.poll, here.signal)
          : await face.stream(from, here.hearing, here.signal);
        held = how === "held";
        if (how === "over") {
          await here.look();
          here.to("collecting");
          return;
        }
      } catch (error) {
        held = false; // the whole way is cut, or was: nobody holds its streams back
        if (error instanceof FaceRefused) here.say(t.direct.says.refuses(error.message));
        else if (!(error instanceof FaceAway)) throw error;
        else if (await gaveUp(here)) return;
      }
      breaks += 1;
      await here.pause(Math.min(waits.look, waits.poll * 2 ** Math.min(breaks - 1, 4)));
    }
  } finally {
    clearInterval(looking);
    sending.close();
  }
}

/** The job is over, and its pod keeps what it made: until somebody says that all was fetched. */
async function keep(here: Attended): Promise<void> {
  const { waits } = here.visit;
  while (!here.collected) {
    try {
      const job = await here.face.job(here.signal);
      here.heard(job);
      if (!job.ended) {
        here.to("running"); // it began anew
        return;
      }
      for (const channel of CHANNELS) here.feeds[channel].jump(job.sizes[channel]);
      await here.look();
    } catch (error) {
      if (error instanceof FaceRefused) here.say(t.direct.says.refuses(error.message));
      else if (!(error instanceof FaceAway)) throw error;
      else if (await lost(here)) {
        here.to("gone", { verdict: uncollected(here) });
        return;
      }
    }
    await here.pause(waits.look);
  }
  here.to("releasing");
}

/**
 * Until no pod of this job is left: neither found by its id nor listed under its name. One whose
 * results were fetched ends itself, when other pages have heard of it; else it is ended from here.
 */
async function release(here: Attended): Promise<void> {
  const { runpod, waits } = here.visit;
  const { handle } = here;
  const begun = Date.now();
  for (;;) {
    try {
      const named = (await runpod.pods(here.signal)).filter((pod) => pod.name === handle.name);
      const left = new Set(named.map((pod) => pod.id));
      if (handle.pod && !(await runpod.gone(handle.pod))) left.add(handle.pod);
      const settled = Date.now() > (handle.asked ?? 0) * 1000 + waits.settle;
      if (!left.size && (handle.pod || settled)) {
        here.to("gone");
        return;
      }
      const itself = here.collected && Date.now() < begun + waits.end;
      for (const pod of left) if (!itself || pod !== handle.pod) await runpod.end(pod);
    } catch (error) {
      if (!(error instanceof RunPodError)) throw error;
      here.say(error.message);
    }
    await here.pause(waits.look);
  }
}

/** Tells the pod to stop, once; it is told again if it began anew meanwhile. At once stays so. */
export async function tellStop(here: Pick<Attended, "stopping" | "job" | "face">): Promise<void> {
  const noted = stopping(here.job?.state ?? {});
  if (!here.stopping || noted === here.stopping || noted === "now") return;
  try {
    await here.face.stop(here.stopping);
  } catch (error) {
    if (!(error instanceof FaceRefused && error.status === 409)) throw error; // it has ended
  }
}

/** What is to be made of a face that was there and is away: patience, until RunPod knows more. */
async function gaveUp(here: Attended): Promise<boolean> {
  const { waits } = here.visit;
  if (Date.now() < here.saw + waits.silence) return false;
  if (!here.handle.said) here.say(t.direct.says.silent);
  const verdict = await lost(here);
  if (!verdict) return false;
  if (here.job?.ended) here.to("gone", { verdict: uncollected(here) });
  else here.end(verdict);
  return true;
}

/** The verdict, if RunPod says for certain that there is no such pod any more. */
async function lost(here: Attended): Promise<Verdict | null> {
  const { runpod } = here.visit;
  try {
    const pod = await runpod.pod(here.handle.pod, here.signal);
    if (!pod) {
      const listed = (await runpod.pods(here.signal)).some((each) => each.id === here.handle.pod);
      if (listed) return null;
      return here.endedHere ? verdicts.endedHere() : verdicts.vanished();
    }
    if (pod.status === "EXITED") return verdicts.stoppedOutside();
    // Where its face can't be reached, RunPod still tells what the container says.
    const lines = await runpod.lines(pod.id, pod.uptime === null ? "system" : "container");
    here.say(lines.at(-1) ?? t.direct.says.nothingYet);
  } catch (error) {
    if (!(error instanceof RunPodError)) throw error;
    here.say(error.message); // unknown is no reason to give up
  }
  return null;
}

/** The job is over, and its pod is gone before anybody said that all was fetched. */
function uncollected(here: Attended): Verdict | null {
  const pushed = Boolean(here.draft.results["repository"]);
  const state = text(here.job?.state["state"]);
  return state === "succeeded" && !pushed && !here.collected ? verdicts.resultsLost() : null;
}
