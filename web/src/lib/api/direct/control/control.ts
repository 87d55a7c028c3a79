import { t } from "$lib/texts";
import { ProblemError } from "../../problem";
import * as keys from "../common/keys";
import { problemOf } from "../common/problems";
import type { Fetch, SiteRecipe } from "../site/site";
import type { Jobs } from "../visit/jobs";
import { acts } from "./acts";
import { CAN, NO_ADDRESSES, type DirectControl } from "./later";
import { reads } from "./reads";
import { rented } from "./rented";
import { secretCalls } from "./tokens";

/** Talks to RunPod and to pods, with no server between. */
export function directControl(load: () => Promise<Jobs>, send: Fetch): DirectControl {
  const recipeNamed = async (name: string): Promise<SiteRecipe> => {
    const found = (await load()).site.recipes.find((each) => each.name === name);
    if (found) return found;
    const { noRecipe } = t.direct.jobFile;
    throw new ProblemError(problemOf(noRecipe(name), "no-recipe", "", "recipe", 404));
  };

  return {
    can: CAN,
    ...acts(load, send),
    ...reads(load),
    ...rented(load),
    ...secretCalls(load, send),
    ...NO_ADDRESSES,

    recipes: async () =>
      (await load()).site.recipes.map(({ name, title, summary, presets }) => ({
        name,
        title,
        summary,
        presets: presets.map((each) => ({ name: each.name, purpose: each.purpose })),
        demo: false,
      })),
    async recipe(name) {
      const { title, summary, schema, results_schema, changeable, choices, presets } =
        await recipeNamed(name);
      return {
        name,
        title,
        summary,
        schema,
        results_schema,
        changeable,
        choices: Object.keys(choices),
        presets,
        demo: false,
      };
    },
    async choices(name, setting, find) {
      const words = find.toLowerCase().split(/\s+/).filter(Boolean);
      const all = (await recipeNamed(name)).choices[setting] ?? [];
      return all.filter(({ value, label }) => {
        const said = `${value} ${label}`.toLowerCase();
        return words.every((word) => said.includes(word));
      });
    },
    computes: async () => [...(await load()).site.computes],

    async forget() {
      keys.forgetAll();
      (await load()).forget();
    },

    queue: () => Promise.resolve({ order: [], holders: {} }),
    places: () => Promise.resolve([]),
    profiles: () => Promise.resolve([]),
    demo: refuse,
    push: refuse,
    reorder: refuse,
    system: refuse,
    disk: refuse,
    clean: refuse,
    keepProfile: refuse,
    removeProfile: refuse,
  };
}

/** What a page without a server can't do. */
function refuse(): Promise<never> {
  const { notHere, notHereStep } = t.direct.jobs;
  return Promise.reject(new ProblemError(problemOf(notHere, "not-here", notHereStep, "", 501)));
}
