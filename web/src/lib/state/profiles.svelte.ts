import type { Control } from "$lib/api/control";
import type { Profile, ProfileDefaults } from "$lib/api/types";

type Calls = Pick<Control, "profiles" | "keepProfile" | "removeProfile">;

const LONGEST = 40; // characters of a name

/** Named sets of secrets and of what new jobs begin with. */
export class Profiles {
  #all = $state.raw<readonly Profile[]>();
  #failure = $state.raw<Error>();
  readonly #control: Calls;

  constructor(control: Calls) {
    this.#control = control;
  }

  /** By name; undefined until they were heard once. */
  get all(): readonly Profile[] | undefined {
    return this.#all;
  }

  /** Why the newest look failed; what was heard before stays. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  get(name: string): Profile | undefined {
    return this.#all?.find((profile) => profile.name === name);
  }

  async look(signal?: AbortSignal): Promise<void> {
    try {
      this.#all = await this.#control.profiles(signal);
      this.#failure = undefined;
    } catch (error) {
      if (!signal?.aborted) this.#failure = error as Error;
    }
  }

  /** Makes it, or sets it anew; its secrets stay. */
  async keep(name: string, title: string, defaults?: ProfileDefaults): Promise<Profile> {
    const before = this.get(name)?.defaults;
    const kept = await this.#control.keepProfile(name, {
      title,
      defaults: defaults ?? before ?? { settings: {}, results: {} },
    });
    const others = (this.#all ?? []).filter((profile) => profile.name !== name);
    this.#all = [...others, kept].sort((a, b) => (a.name < b.name ? -1 : 1));
    return kept;
  }

  async remove(name: string): Promise<void> {
    await this.#control.removeProfile(name);
    this.#all = this.#all?.filter((profile) => profile.name !== name);
  }

  /** A name that is free, made from a title: “My work” becomes “my-work”. */
  nameFor(title: string): string {
    const stem = nameOf(title);
    const taken = (name: string) => this.get(name) !== undefined;
    if (!stem || !taken(stem)) return stem;
    for (let n = 2; ; n++) {
      const name = `${stem.slice(0, LONGEST - String(n).length - 1)}-${n}`;
      if (!taken(name)) return name;
    }
  }
}

function nameOf(title: string): string {
  const plain = title.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
  return plain
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^-+/, "")
    .slice(0, LONGEST)
    .replace(/-+$/, "");
}

/** How many defaults a profile sets: of recipes' settings, and of results. */
export function countDefaults(defaults: ProfileDefaults): number {
  const settings = Object.values(defaults.settings ?? {});
  const counted = settings.reduce((sum, each) => sum + Object.keys(each).length, 0);
  return counted + Object.keys(defaults.results ?? {}).length;
}
