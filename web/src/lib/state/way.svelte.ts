import { onAsk, siteFiles, watchWay, ways } from "$lib/api/direct";
import type { Site } from "$lib/api/direct/site/site";
import { t } from "$lib/texts";
import { ask } from "./questions.svelte";

/** By hand: straight where the browser lets it, or through the site's own host. */
export type Chosen = "usual" | "pass";

/** How keys travel to RunPod from a page without a server, for all that show it. */
class KeyWay {
  /** null: nothing was sent yet. */
  way = $state<"direct" | "pass" | null>(null);
  site = $state.raw<Site | null>(null);
  chosen = $state<Chosen>("usual");

  constructor() {
    watchWay((way) => {
      this.way = way;
      if (way === null) this.chosen = "usual"; // all was forgotten
    });
    onAsk((host) => ask(t.visit.way.question(host, this.runpod)));
    this.load();
  }

  load(): void {
    siteFiles.site().then(
      (site) => (this.site = site),
      () => undefined, // the page of the keys says so
    );
  }

  /** RunPod's host, as people know it. */
  get runpod(): string {
    return this.site ? new URL(this.site.hosts.runpod).host : "";
  }

  /** The host that keys go through if not straight to RunPod; empty where there is none. */
  get through(): string {
    return this.site?.hosts.pass ? location.host : "";
  }

  get words(): string {
    const said = t.visit.way;
    if (this.way === "pass") return said.pass(this.through, this.runpod);
    return this.way === "direct" ? said.direct(this.runpod) : said.usual(this.runpod);
  }

  /** Somebody tries once more: who said no before may be asked again. */
  async again(): Promise<void> {
    if (this.way === null && this.chosen === "usual") (await ways()).choose(null);
  }

  /** Whoever chooses the host has agreed that the key goes there. */
  async choose(chosen: Chosen): Promise<void> {
    const found = await ways();
    found.choose(chosen === "pass" ? "pass" : null);
    this.chosen = chosen;
  }
}

export const keyWay = new KeyWay();
