import { t } from "$lib/texts";
import { textsOf } from "$lib/form/nested";
import { readFields } from "$lib/form/schema";
import type { JobDraft, Problem } from "../../types";
import { problem } from "../common/problems";
import type { SiteRecipe } from "../site/site";

/** Begins the value of a setting that stands for files which were picked in this page. */
export const PICKED = "picked:";

const MODELS = ["model-file", "model-folder"]; // tens of GB: too much to travel from a page
const WIDGETS = ["dataset", "path", "file", "folder", "checkpoint", "program", ...MODELS];

/** Settings that name files of some computer: a page can't read these, and a pod hasn't got them. */
export function localPaths(draft: JobDraft, recipe: SiteRecipe): Problem[] {
  const said = t.direct.paths;
  const brought = draft.compute["image"] ? "program" : ""; // an image of one's own may have it
  return textsOf(readFields(recipe.schema), draft.settings)
    .filter(({ field: { widget }, matters }) => matters && WIDGETS.includes(widget))
    .filter(({ field: { widget } }) => widget !== brought)
    .filter(({ field: { widget }, value }) => isLocal(value, widget))
    .map(({ field: { title, widget }, place }) =>
      problem(said.local(title), "local-path", `settings.${place}`, stepFor(widget)),
    );
}

/** Settings whose files were picked here, by place ("folders.0.path"), with what stands for them. */
export function pickedIn({ settings }: Pick<JobDraft, "settings">): [string, string][] {
  return stringsIn(settings, "").filter(([, value]) => value.startsWith(PICKED));
}

function stringsIn(values: object, above: string): [string, string][] {
  return Object.entries(values).flatMap(([name, value]: [string, unknown]) => {
    const place = `${above}${name}`;
    if (typeof value === "string") return [[place, value] satisfies [string, string]];
    return typeof value === "object" && value !== null ? stringsIn(value, `${place}.`) : [];
  });
}

function stepFor(widget: string): string {
  const said = t.direct.paths;
  if (MODELS.includes(widget)) return said.modelStep;
  return widget === "program" ? said.programStep : said.step;
}

/** A name of a published base has slashes too: of a checkpoint only what can't be one is a path. */
function isLocal(value: string, widget: string): boolean {
  if (value === "" || value.startsWith(PICKED)) return false;
  if (value.startsWith("hf:") || value.includes("://")) return false;
  return widget !== "checkpoint" || /^([/~.\\]|[A-Za-z]:)|\.ckpt$/.test(value);
}
