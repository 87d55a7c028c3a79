import { t } from "$lib/texts";
import { AwayError, ProblemError } from "../../problem";
import type { Attended } from "../attendant/attended";
import { problemOf } from "../common/problems";
import { parsed, table } from "../common/reading";
import { FaceAway, FaceRefused } from "../pod/face";
import { Metrics, csvOf } from "../pod/metrics";
import { filesOf, samplesOf } from "../pod/view";
import type { Jobs } from "../visit/jobs";
import type { DirectControl } from "./later";

const LARGEST_BLOB = 20 << 20; // bytes; what is larger gets an address of its pod's

type Reads = Pick<
  DirectControl,
  "log" | "series" | "events" | "files" | "samples" | "fileText" | "open" | "metricsText"
>;

/** What a pod has of its job, as long as it answers. */
export function reads(load: () => Promise<Jobs>): Reads {
  const metrics = new WeakMap<Attended, Metrics>();
  const job = async (id: string) => (await load()).find(id);
  const blob = async (id: string, path: string, signal?: AbortSignal) => {
    const found = await job(id);
    return asked(found, () => found.face.file(path, signal));
  };
  /** With a fresh look at them, while the pod may have more. */
  const listed = async (id: string) => {
    const found = await job(id);
    if (!found.over && found.job) await found.look();
    return found;
  };

  return {
    async log(id, offset, limit, signal) {
      const found = await job(id);
      const size = found.job?.sizes.log ?? 0;
      const start = offset < 0 ? Math.max(0, size + offset) : offset;
      if (!found.job || (start >= size && found.over))
        return { bytes: new Uint8Array(), start, next: start, size, reset: false };
      const piece = await asked(found, () => found.face.read("log", start, limit, signal));
      const { data: bytes, next, reset } = piece;
      return { bytes, start: next - bytes.length, next, size: Math.max(size, next), reset };
    },
    async series(id, wanted, signal) {
      const found = await job(id);
      let known = metrics.get(found);
      if (!known) metrics.set(found, (known = new Metrics()));
      const size = found.job?.sizes.metrics ?? 0;
      try {
        // What is read is for all who ask: it goes on when one of them leaves.
        if (size > 0)
          await known.update(
            (from, limit) => found.face.read("metrics", from, limit, found.signal),
            size,
          );
      } catch (error) {
        if (!(error instanceof FaceAway)) throw faceProblem(error); // what was read before is shown
      }
      signal?.throwIfAborted();
      return known.series(wanted);
    },
    events: async (id) => (await job(id)).events,
    files: async (id) => filesOf((await listed(id)).files),
    async samples(id, signal) {
      const found = await listed(id);
      const listings = found.files
        .filter(({ path }) => /^samples\/[^/]+\/samples\.json$/.test(path))
        .sort((a, b) => b.mtime_ns - a.mtime_ns);
      const groups = await Promise.all(
        listings.map(async (listing) => {
          const noted = await asked(found, () => found.face.file(listing.path, signal));
          return samplesOf(listing, table(parsed(await noted.text())), found.files);
        }),
      );
      return groups.flat();
    },
    fileText: async (id, path, signal) => (await blob(id, path, signal)).text(),
    /**
     * Of a small file an address of the page's own, which is to be released; of a large one the
     * pod's, which ends after a minute.
     */
    async open(id, path) {
      const found = await job(id);
      const file = found.files.find((each) => each.path === path);
      if (file && file.bytes >= LARGEST_BLOB)
        return {
          address: await asked(found, () => found.face.ticket(path)),
          release: () => undefined,
        };
      const bytes = await blob(id, path);
      const address = URL.createObjectURL(bytes);
      return {
        address,
        blob: bytes,
        release: () => {
          URL.revokeObjectURL(address);
        },
      };
    },
    async metricsText(id) {
      const found = await job(id);
      const size = found.job?.sizes.metrics ?? 0;
      const pieces: BlobPart[] = [];
      for (let at = 0; at < size;) {
        const from = at;
        const { data, next } = await asked(found, () => found.face.read("metrics", from, 4 << 20));
        if (!data.length) break;
        pieces.push(data);
        at = next;
      }
      return csvOf(await new Blob(pieces).text());
    },
  };
}

/** What a face's error means to every page. */
export function faceProblem(error: unknown): unknown {
  if (error instanceof FaceAway)
    return new AwayError(t.direct.says.silent, t.direct.says.silentStep, { cause: error });
  if (!(error instanceof FaceRefused)) return error;
  return new ProblemError(problemOf(error.message, error.code, "", "", error.status));
}

async function asked<T>({ over }: Attended, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const { podGone, podGoneStep } = t.direct.jobs;
    if (over && error instanceof FaceAway)
      throw new ProblemError(problemOf(podGone, "pod-gone", podGoneStep, "", 410));
    throw faceProblem(error);
  }
}
