import { untrack } from "svelte";
import { Live, type LiveState } from "$lib/api/live";
import { clock } from "./clock.svelte";
import { session } from "./session.svelte";

const STALE = 10; // seconds; the server says something every 5

/** How the page hears from the server: the one socket, and how well it goes. */
export class Connection {
  readonly live: Live;
  state = $state<LiveState>("idle");
  /** Seconds since 1970 of the next attempt; 0 if none is waited for. */
  retryAt = $state(0);
  /** How often one was connected; changes after a break. */
  times = $state(0);
  /** The server that one is connected to is not the one of before. */
  restarted = $state(false);
  #server = "";

  constructor(open: () => WebSocket = openSocket) {
    this.live = new Live({
      open,
      signedIn: () => session.look(),
      changed: (live) => {
        untrack(() => {
          this.#changed(live); // an effect that starts the socket is not to run again for it
        });
      },
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

  #changed(live: Live): void {
    if (live.state === "open" && this.state !== "open") {
      this.restarted = this.#server !== "" && this.#server !== live.server;
      this.#server = live.server;
      this.times += 1;
    }
    this.state = live.state;
    this.retryAt = live.retryAt / 1000;
  }
}

function openSocket(): WebSocket {
  const address = new URL("/api/live", location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(address);
}

export const connection = new Connection();
export const live = connection.live;
