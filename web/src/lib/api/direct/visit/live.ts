import type { Live, LiveState } from "../../live";
import type { Line, LinesHandler } from "../../live-lines";
import type { LogHandler } from "../../live-log";
import type { JobsHandler } from "../../live-values";
import type { JobView } from "../../types";
import type { Attended } from "../attendant/attended";
import { isOnline } from "../common/online";
import { parsed } from "../common/reading";
import { sleep } from "../common/sleep";
import type { Channel } from "../pod/face";
import type { Jobs } from "./jobs";

const AT_MOST_EVERY = 100; // ms between two tellings of what changed
const AGAIN = 1000; // ms until the site is read again

/** What pages listen to: the same as of a server's socket. */
export type Listening = Pick<Live, keyof Live>;

/** Tells of jobs as their pods do. There is nothing to connect to but what each job has. */
export class DirectLive implements Listening {
  state: LiveState = "idle";
  retryAt = 0;
  /** Never too long ago: there is no one connection whose silence would say something. */
  heardAt = Infinity;
  server = "";
  version = "";

  readonly #jobs: () => Promise<Jobs>;
  readonly #changed: (live: Listening) => void;
  readonly #leaving: (() => void)[] = [];
  #loaded: Promise<Jobs> | null = null;

  constructor(jobs: () => Promise<Jobs>, changed: (live: Listening) => void = () => undefined) {
    this.#jobs = jobs;
    this.#changed = changed;
  }

  start(): void {
    if (this.state !== "idle") return;
    const back = () => {
      this.retry();
    };
    const away = () => {
      this.#set("waiting");
    };
    window.addEventListener("online", back);
    window.addEventListener("offline", away);
    document.addEventListener("visibilitychange", this.#shown);
    this.#leaving.push(
      () => {
        window.removeEventListener("online", back);
      },
      () => {
        window.removeEventListener("offline", away);
      },
      () => {
        document.removeEventListener("visibilitychange", this.#shown);
      },
    );
    this.#set(isOnline() ? "connecting" : "waiting");
    void this.#load().then(({ site }) => {
      this.version = site.version;
      if (this.state === "connecting") this.#set("open");
    });
  }

  stop(): void {
    for (const leave of this.#leaving.splice(0)) leave();
    this.#set("idle");
  }

  /** Tries again now instead of later. */
  readonly retry = (): void => {
    if (!isOnline()) return;
    if (this.state === "waiting") this.#set("open");
    void this.#load().then((jobs) => {
      jobs.hurry();
    });
  };

  jobs(handler: JobsHandler): () => void {
    return this.#with((jobs) => {
      const changed = new Set<string>();
      const removed = new Set<string>();
      const tell = () => {
        const rows = jobs.all().filter(({ id }) => changed.has(id));
        const told = rows.map((job) => jobs.row(job));
        handler.changed(told, [...removed], jobs.counts());
        changed.clear();
        removed.clear();
      };
      const later = gathered(tell);
      const leave = jobs.watch((job, gone) => {
        if (job) changed.add(job.id);
        else removed.add(gone);
        later.call();
      });
      handler.began();
      return () => {
        leave();
        later.end();
      };
    });
  }

  job(id: string, handler: (view: JobView | null) => void): () => void {
    return this.#with((jobs) => {
      const tell = () => {
        const found = jobs.all().find((job) => job.id === id);
        if (found) handler(jobs.view(found));
      };
      const later = gathered(tell);
      const leave = jobs.watch((job, gone) => {
        if (gone === id) handler(null);
        else if (job?.id === id) later.call();
      });
      tell();
      return () => {
        leave();
        later.end();
      };
    });
  }

  /** A page has no computer of its own to tell of. */
  system(): () => void {
    return () => undefined;
  }

  log(id: string, offset: number, handler: LogHandler): () => void {
    return this.#of(id, (job, again) => {
      if (again) handler.reset?.();
      const size = job.job?.sizes.log ?? 0;
      const start = again ? 0 : offset < 0 ? Math.max(0, size + offset) : offset;
      handler.began?.(start, size);
      return job.feeds.log.follow({
        next: start,
        take: (bytes, from) => {
          handler.bytes(bytes, from);
        },
        reset: () => handler.reset?.(),
      });
    });
  }

  metrics(id: string, offset: number, handler: LinesHandler): () => void {
    return this.#of(id, (job, again) => {
      if (again) handler.lines([], 0, true);
      return followLines(job, "metrics", again ? 0 : offset, handler);
    });
  }

  /** `offset` counts events here, of which some are the page's own. */
  events(id: string, offset: number, handler: LinesHandler): () => void {
    return this.#of(id, (job, again) => {
      let told = again ? 0 : offset;
      let reset = again;
      const tell = () => {
        const lines: Line[] = job.events
          .slice(told)
          .map(({ t, event, about }) => ({ t, event, ...about }));
        told = job.events.length;
        if (lines.length || reset) handler.lines(lines, told, reset);
        reset = false;
      };
      tell();
      return job.watch(tell);
    });
  }

  readonly #shown = (): void => {
    if (document.visibilityState === "visible") this.retry();
  };

  /** Follows the newest attempt of a job: with a further one it begins again, from the start. */
  #of(id: string, begin: (job: Attended, again: boolean) => () => void): () => void {
    return this.#with((jobs) => {
      let following: Attended | null = null;
      let leave: () => void = () => undefined;
      const look = (job: Attended | null) => {
        if (job?.id !== id || job === following) return;
        leave();
        const again = following !== null;
        following = job;
        leave = begin(job, again);
      };
      look(jobs.all().find((job) => job.id === id) ?? null);
      const unwatch = jobs.watch(look);
      return () => {
        unwatch();
        leave();
      };
    });
  }

  /** Begins when the site is read, unless one has left by then. */
  #with(begin: (jobs: Jobs) => () => void): () => void {
    let leave: (() => void) | null = null;
    let left = false;
    void this.#load().then((jobs) => {
      if (!left) leave = begin(jobs);
    });
    return () => {
      left = true;
      leave?.();
    };
  }

  /** Never fails: whoever shows the page has to read the site first, and says if that fails. */
  #load(): Promise<Jobs> {
    return (this.#loaded ??= this.#loading());
  }

  async #loading(): Promise<Jobs> {
    for (;;) {
      try {
        return await this.#jobs();
      } catch {
        await sleep(AGAIN);
      }
    }
  }

  #set(state: LiveState): void {
    if (this.state === state) return;
    this.state = state;
    this.#changed(this);
  }
}

/** Whole lines of JSON from a byte offset on. */
function followLines(
  job: Attended,
  channel: Channel,
  offset: number,
  handler: LinesHandler,
): () => void {
  const decoder = new TextDecoder();
  let rest = new Uint8Array();
  let reset = false;
  return job.feeds[channel].follow({
    next: offset,
    take: (bytes, start) => {
      const all = new Uint8Array(rest.length + bytes.length);
      all.set(rest);
      all.set(bytes, rest.length);
      const end = all.lastIndexOf(10) + 1;
      rest = all.slice(end);
      if (end === 0) return;
      const lines = decoder.decode(all.subarray(0, end)).split("\n").flatMap(lineOf);
      handler.lines(lines, start + bytes.length - rest.length, reset);
      reset = false;
    },
    reset: () => {
      rest = new Uint8Array();
      reset = true;
    },
  });
}

function lineOf(text: string): Line[] {
  const found = parsed(text);
  return typeof found === "object" && found !== null ? [found as Line] : [];
}

/** Calls together what comes at once. */
function gathered(act: () => void): { call: () => void; end: () => void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    call: () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        act();
      }, AT_MOST_EVERY);
    },
    end: () => {
      clearTimeout(timer);
    },
  };
}
