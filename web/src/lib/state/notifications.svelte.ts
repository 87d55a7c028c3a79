import type { JobRow, State } from "$lib/api/types";
import { hasEnded } from "$lib/components/states";
import { router, to } from "$lib/router.svelte";
import { t } from "$lib/texts";
import { recall, remember } from "./prefs";

const said = {
  succeeded: "succeeded",
  failed: "failed",
  stopped: "stopped",
  lost: "lost",
} as const;

/** Tells when a job ends, outside the page too; only when it was asked for. */
export class Notifications {
  #wanted = $state(recall("notifications") === true);
  permission = $state<NotificationPermission>(here() ? Notification.permission : "denied");
  readonly possible = here();
  readonly #states = new Map<string, State | null>();

  get on(): boolean {
    return this.#wanted && this.permission === "granted";
  }

  /** Turns them on, asking the browser if it was not asked yet. Answers whether they are. */
  async enable(): Promise<boolean> {
    if (!this.possible) return false;
    if (this.permission === "default") this.permission = await Notification.requestPermission();
    this.#want(this.permission === "granted");
    return this.on;
  }

  disable(): void {
    this.#want(false);
  }

  /** Hears of jobs as they change, and tells of those that have just ended. */
  hear(rows: readonly Pick<JobRow, "id" | "name" | "state" | "cause">[]): void {
    for (const row of rows) {
      const before = this.#states.get(row.id);
      this.#states.set(row.id, row.state);
      if (before !== undefined && !hasEnded(before) && hasEnded(row.state)) this.#tell(row);
    }
  }

  #tell(row: Pick<JobRow, "id" | "name" | "state" | "cause">): void {
    const end = said[row.state as keyof typeof said];
    if (!this.on || document.hasFocus()) return;
    const note = new Notification(t.shell.notify[end](row.name || row.id), {
      body: row.cause?.sentence ?? "",
      tag: row.id, // two tabs tell it once
      icon: "/icon.svg",
    });
    note.onclick = () => {
      window.focus();
      void router.go(to.job(row.id));
      note.close();
    };
  }

  #want(wanted: boolean): void {
    this.#wanted = wanted;
    remember("notifications", wanted || undefined);
  }
}

function here(): boolean {
  return "Notification" in globalThis && globalThis.isSecureContext;
}

export const notifications = new Notifications();
