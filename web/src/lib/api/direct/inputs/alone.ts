import { t } from "$lib/texts";
import type { JobDraft } from "../../types";
import type { ManifestEntry } from "../runpod/request";
import { programOf, type Site, type SiteFiles } from "../site/site";
import type { Packed } from "./tar";

/** A recipe that is too large for the request that rents a pod: it travels by itself, as an input. */

const KIND = "program";

/** What a pod is told of it; null of a job whose program travels whole. */
export function recipeAlone(draft: JobDraft, site: Site): ManifestEntry | null {
  const recipe = site.recipes.find(({ name }) => name === draft.recipe);
  const alone = recipe && programOf(recipe, draft.settings)?.recipe;
  if (!alone) return null;
  return { ...alone, name: t.direct.inputs.recipe, kind: KIND, place: "" };
}

/** The recipe as it lies beside the page. */
export function packedRecipe(entry: ManifestEntry, files: SiteFiles): Packed {
  return { setting: "", entry, body: () => files.recipe(entry.sha256) };
}

export function isRecipe({ kind }: Pick<ManifestEntry, "kind">): boolean {
  return kind === KIND;
}
