import { t } from "$lib/texts";
import { ProblemError, UnreachableError } from "../../problem";
import { problemOf } from "../common/problems";
import { sleep } from "../common/sleep";
import type { Packed } from "../inputs/tar";
import { FaceAway, FaceRefused, inputState, type Face, type InputState } from "../pod/face";
import type { Attended } from "./attended";
import * as verdicts from "./verdicts";

const SMALLEST = 256 << 10; // bytes of a piece
const LARGEST = 8 << 20;
const AIM = 20_000; // ms that a piece should take: proxies break off after some 100 s
const BEGUN_ANEW = 3; // times that a whole input may arrive changed before that is told
const PAUSE = 1000; // ms, at first; doubles up to LONGEST
const LONGEST = 30_000;

/** Sends what exists only in this page into the pod, beside all else that goes on. */
export class Sending {
  readonly #here: Attended;
  readonly #ending = new AbortController();
  #running = false;

  constructor(here: Attended) {
    this.#here = here;
  }

  /** Begins, if the pod still waits for something and nothing is under way. */
  pump(): void {
    const missing = this.#missing();
    if (!missing.length || this.#running) return;
    this.#running = true;
    void this.#send(missing).finally(() => {
      this.#running = false;
    });
  }

  close(): void {
    this.#ending.abort();
  }

  async #send(missing: readonly Packed[]): Promise<void> {
    const here = this.#here;
    const signal = AbortSignal.any([this.#ending.signal, here.signal]);
    try {
      for (const packed of missing)
        await upload(here.face, packed, signal, (have) => {
          this.#progress(packed, have);
        });
      here.handle.upload = null;
      here.changed();
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ProblemError)) throw error;
      here.end(verdicts.refused(error));
      this.#here.hurry();
    }
  }

  /** Those that the pod has not, as it said last. */
  #missing(): Packed[] {
    const inputs = this.#here.job?.inputs ?? {};
    return this.#here.packed.filter(({ entry }) => inputs[entry.sha256]?.done === false);
  }

  #progress({ entry }: Packed, have: number): void {
    const here = this.#here;
    const inputs = Object.entries(here.job?.inputs ?? {});
    const others = inputs.filter(([sha]) => sha !== entry.sha256);
    const sent = others.reduce((sum, [, each]) => sum + each.have, have);
    const bytes = inputs.reduce((sum, [, each]) => sum + each.bytes, 0);
    here.handle.upload = { sent, bytes };
    here.changed();
  }
}

/**
 * Sends one input by pieces, from where the pod stands. Whatever breaks is tried again until the
 * signal ends it; only a pod that says no does, by a ProblemError.
 */
export async function upload(
  face: Face,
  { entry, body }: Packed,
  signal: AbortSignal,
  progress: (have: number) => void,
  first = PAUSE,
): Promise<void> {
  let data: Blob | null = null;
  let have: number | null = null;
  let piece = 1 << 20;
  let wait = first;
  let anew = 0;
  for (;;) {
    const before: number | null = have;
    const began = Date.now();
    try {
      let state: InputState;
      if (before === null) state = await face.input(entry.sha256, signal);
      else {
        data ??= typeof body === "function" ? await body() : body;
        const part = data.slice(before, before + piece);
        state = await face.put(entry.sha256, before, part, signal);
        const pace = part.size / Math.max(Date.now() - began, 1);
        piece = Math.trunc(Math.min(Math.max(pace * AIM, SMALLEST), piece * 2, LARGEST));
      }
      have = state.have;
      progress(have);
      if (state.done) return;
      if (before === null || have !== before) {
        wait = first;
        continue;
      }
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof FaceRefused) {
        if (error.code === "wrong-bytes" && ++anew < BEGUN_ANEW) have = 0;
        else if (error.status === 409) have = inputState(error.data).have;
        else if (error.status === 413 && piece > SMALLEST) have = before;
        else if (error.status < 500 || error.status === 507) throw refused(error, entry.name);
        else have = null;
      } else if (error instanceof FaceAway || error instanceof UnreachableError) have = null;
      else throw error;
      piece = Math.max(SMALLEST, Math.trunc(piece / 2));
    }
    await sleep(wait, signal);
    wait = Math.min(wait * 2, LONGEST);
  }
}

function refused({ status, message, code }: FaceRefused, name: string): ProblemError {
  const said = t.direct.inputs;
  const steps: Readonly<Record<number, string>> = {
    401: said.otherToken,
    413: said.tooLarge,
    422: said.changed,
    507: said.largerDisk,
  };
  return new ProblemError(problemOf(said.refused(name, message), code, steps[status] ?? ""));
}
