import { sources } from "$lib/state/sources";
import { peaksOf, type Peaks } from "./peaks";

export interface Sound {
  peaks: Peaks;
  /** How long it is, in seconds. */
  seconds: number;
}

const KEPT = 300; // sounds whose picture is remembered; each is a kilobyte or two
const AT_ONCE = 2; // decoding takes the processor; playing has to go on beside it

const known = new Map<string, Promise<Sound>>();
const queue: (() => void)[] = [];
let running = 0;

/** A sound's picture, fetched and decoded once. Rejects if the browser can't read it. */
export function soundAt(source: string): Promise<Sound> {
  const found = known.get(source);
  if (found) return found;
  const sound = inTurn(() => decoded(source));
  known.set(source, sound);
  sound.catch(() => known.delete(source)); // it may be there the next time
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
  return sound;
}

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((done) => queue.push(done));
  running += 1;
  try {
    return await work();
  } finally {
    running -= 1;
    queue.shift()?.();
  }
}

async function decoded(source: string): Promise<Sound> {
  const bytes = await sources.bytes(source);
  // Offline: decodes without a device, and before anybody pressed anything.
  const context = new OfflineAudioContext(1, 1, 44_100);
  const sound = await context.decodeAudioData(bytes);
  return { peaks: peaksOf(sound.getChannelData(0)), seconds: sound.duration };
}
