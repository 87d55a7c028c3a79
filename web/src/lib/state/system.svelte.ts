import type { Control } from "$lib/api/control";
import type { System } from "$lib/api/types";

/** How many figures are remembered: five minutes of one every two seconds. */
export const REMEMBERED = 150;

/** Seconds of silence after which figures are old. */
const STALE = 7;

/** A line's newest values, the oldest first; null where nothing was known. */
export type History = readonly (number | null)[];

const NOTHING: History = [];

/** This computer's figures as they come, and what they were in the last minutes. */
export class SystemFigures {
  #now = $state.raw<System>();
  #histories = $state.raw<ReadonlyMap<string, History>>(new Map());
  #heardAt = $state(0);
  #failure = $state.raw<unknown>();
  readonly #control: Pick<Control, "system">;

  constructor(control: Pick<Control, "system">) {
    this.#control = control;
  }

  /** Undefined until they were heard once. */
  get now(): System | undefined {
    return this.#now;
  }

  /** Why they could not be asked for; undefined as soon as they come by the socket. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Seconds since they were heard, once that is too long; else null. By this page's own clock. */
  silentFor(now: number): number | null {
    const seconds = Math.round(now - this.#heardAt);
    return this.#now && seconds >= STALE ? seconds : null;
  }

  get cpu(): History {
    return this.#history("cpu");
  }

  /** Shares of all memory. */
  get memory(): History {
    return this.#history("memory");
  }

  gpu(id: string): History {
    return this.#history(`gpu:${id}`);
  }

  /** Asks once, so that the first figures don't wait for the socket. */
  async look(signal?: AbortSignal): Promise<void> {
    try {
      this.hear(await this.#control.system(signal));
    } catch (error) {
      if (!signal?.aborted && !this.#now) this.#failure = error;
    }
  }

  hear(system: System): void {
    this.#failure = undefined;
    this.#heardAt = Date.now() / 1000;
    // The same figures may come twice: with a question, and by the socket.
    if (this.#now && system.t <= this.#now.t) return;
    const next = new Map<string, History>();
    for (const [line, value] of lines(system))
      next.set(line, [...this.#history(line), value].slice(-REMEMBERED));
    this.#now = system;
    this.#histories = next;
  }

  #history(line: string): History {
    return this.#histories.get(line) ?? NOTHING;
  }
}

function* lines(system: System): Generator<[string, number | null]> {
  yield ["cpu", system.cpu.use];
  if (system.memory) yield ["memory", system.memory.used / system.memory.total];
  for (const gpu of system.gpus) yield [`gpu:${gpu.id}`, gpu.use];
}
