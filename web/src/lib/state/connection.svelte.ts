import { untrack } from "svelte";
import { directLive, type Listening } from "$lib/api/direct";
import { Live, type LiveState } from "$lib/api/live";
import { clock } from "./clock.svelte";
import { session } from "./session.svelte";

const STALE = 10; // seconds; the server says something every 5

/** How the page hears of what goes on, and how well that goes: by a server's one socket mostly. */
export class Connection {
  readonly live: Listening;
  state = $state<LiveState>("idle");
  /** Seconds since 1970 of the next attempt; 0 if none is waited for. */
  retryAt = $state(0);
  /** How often one was connected; changes after a break. */
  times = $state(0);
  /** The server that one is connected to is not the one of before. */
  restarted = $state(false);
  #server = "";

  constructor(make: (changed: (live: Listening) => void) => Listening = usual) {
    this.live = make((live) => {
      untrack(() => {
        this.#changed(live); // an effect that starts it is not to run again for it
      });
    });
  }

  /** Seconds since anything was heard, once that is too long; else null. */
  get silentFor(): number | null {
    if (this.state !== "open") return null;
    const seconds = Math.round(clock.second - this.live.heardAt / 1000);
    return seconds >= STALE ? seconds : null;
  }

  /** Something is wrong and has been for long enough to say so. */
  get broken(): boolean {
    return this.state === "waiting" || (this.state === "connecting" && this.times > 0);
  }

  #changed(live: Listening): void {
    if (live.state === "open" && this.state !== "open") {
      this.restarted = this.#server !== "" && this.#server !== live.server;
      this.#server = live.server;
      this.times += 1;
    }
    this.state = live.state;
    this.retryAt = live.retryAt / 1000;
  }
}

/** Our server's socket, or in a page without one what RunPod and the pods say. */
function usual(changed: (live: Listening) => void): Listening {
  return import.meta.env.MODE === "site" ? directLive(changed) : listening(openSocket, changed);
}

export function listening(open: () => WebSocket, changed: (live: Listening) => void): Listening {
  return new Live({ open, signedIn: () => session.look(), changed });
}

function openSocket(): WebSocket {
  const address = new URL("/api/live", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(address);
}

export const connection = new Connection();
export const live = connection.live;
