import { t } from "$lib/texts";
import { matters, readFields } from "$lib/form/schema";
import type { JobDraft, Problem } from "../types";
import { problem } from "./problems";
import type { SiteRecipe } from "./site";

/** Begins the value of a setting that stands for files which were picked in this page. */
export const PICKED = "picked:";

const WIDGETS = ["dataset", "path", "checkpoint", "program"];

/** Settings that name files of some computer: a page can't read these, and a pod hasn't got them. */
export function localPaths(draft: JobDraft, recipe: SiteRecipe): Problem[] {
  const said = t.direct.paths;
  return readFields(recipe.schema)
    .filter((field) => WIDGETS.includes(field.widget) && matters(field, draft.settings))
    .filter(({ name, widget }) => isLocal(draft.settings[name], widget))
    .map(({ name, title, widget }) =>
      problem(
        said.local(title),
        "local-path",
        `settings.${name}`,
        widget === "program" ? said.programStep : said.step,
      ),
    );
}

/** Settings whose files were picked here, with what stands for them. */
export function pickedIn(draft: JobDraft): [string, string][] {
  return Object.entries(draft.settings).filter(
    (each): each is [string, string] => typeof each[1] === "string" && each[1].startsWith(PICKED),
  );
}

/** A name of a published base has slashes too: of a checkpoint only what can't be one is a path. */
function isLocal(value: unknown, widget: string): boolean {
  if (typeof value !== "string" || value === "" || value.startsWith(PICKED)) return false;
  if (value.startsWith("hf:") || value.includes("://")) return false;
  return widget !== "checkpoint" || /^([/~.\\]|[A-Za-z]:)|\.ckpt$/.test(value);
}
