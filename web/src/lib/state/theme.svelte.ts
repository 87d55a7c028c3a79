import { untrack } from "svelte";
import { onChange, recall, remember } from "./prefs";

export const themes = ["system", "light", "dark"] as const;
export type Choice = (typeof themes)[number];

function asChoice(value: unknown): Choice {
  return themes.find((name) => name === value) ?? "system";
}

/** Light or dark. public/theme.js sets it before the first paint; this follows what changes. */
export class Theme {
  #choice = $state<Choice>(asChoice(recall("theme")));
  #systemDark = $state(false);
  /** What is seen: charts and the terminal take their colours anew when it changes. */
  shown = $derived<"light" | "dark">(
    this.#choice === "system" ? (this.#systemDark ? "dark" : "light") : this.#choice,
  );

  get choice(): Choice {
    return this.#choice;
  }

  set choice(choice: Choice) {
    this.#choice = choice;
    remember("theme", choice === "system" ? undefined : choice);
    this.#apply();
  }

  /** Follows the system and other tabs, until the answer is called. */
  follow(): () => void {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const turned = () => {
      this.#systemDark = system.matches;
      this.#apply();
    };
    untrack(turned);
    system.addEventListener("change", turned);
    const unhear = onChange("theme", (value) => {
      this.#choice = asChoice(value);
      this.#apply();
    });
    return () => {
      system.removeEventListener("change", turned);
      unhear();
    };
  }

  /** A token's value now, for what CSS can't colour: colour("--chart-1"). */
  colour(token: `--${string}`): string {
    const root = document.documentElement;
    root.dataset["theme"] = this.shown; // read, so that whoever asks in an effect asks again
    return getComputedStyle(root).getPropertyValue(token).trim();
  }

  /** Runs now and whenever the theme turns, until the answer is called. */
  watch(run: (shown: "light" | "dark") => void): () => void {
    return $effect.root(() => {
      $effect(() => {
        const shown = this.shown;
        untrack(() => {
          run(shown);
        });
      });
    });
  }

  #apply(): void {
    document.documentElement.dataset["theme"] = this.shown;
  }
}

export const theme = new Theme();
