import { en } from "./en";
import { choose } from "./choose";
import { speak } from "./language";

export { language } from "./language";

/** The shape of English is the shape of every language: the same keys, functions where they are. */
export type Texts = typeof en;

type Loader = () => Promise<{ texts: Texts }>;

// A language is a folder beside en/ and a line here: de: () => import("./de").
export const loaders: Readonly<Record<string, Loader>> = {};

/** The texts of the page. Read them when something is shown, never while a module loads. */
export let t: Texts = en;

/** Takes the first language of the reader's that there are texts in. Before anything is shown. */
export async function loadTexts(languages: readonly string[]): Promise<void> {
  const chosen = choose(languages, ["en", ...Object.keys(loaders)]);
  const load = loaders[chosen];
  t = load ? (await load()).texts : en;
  speak(chosen);
  document.documentElement.lang = chosen;
}
