/** What a recipe says of its data, so that a page can look at it: `site/recipes.py`. */

/** How a dataset's sound files, and the list that goes with them, are called. */
export interface Layout {
  /** Endings that the trainer reads, and those of sound that it doesn't. */
  readonly sound: readonly string[];
  readonly foreign: readonly string[];
  /** Where a list's names may leave out their folder; the first counts most. */
  readonly folders: readonly string[];
  readonly archives: readonly string[];
  readonly unsupported: readonly string[];
  /** Names and endings of the list, the first counts most. */
  readonly stems: readonly string[];
  readonly suffixes: readonly string[];
  /** What may stand in place of `|`, and what it is called. */
  readonly delimiters: Readonly<Record<string, string>>;
  /** What all fields of a header look like. */
  readonly header: string;
  /** The setting that says whether there are several speakers. */
  readonly speakers: string;
}

/** What the page looks for on the Hub, of one setting: of all rows of a list as "list.*.name". */
export interface Look {
  /** Of a setting whose values are hf:owner/name[@revision][/path]: what it names there. */
  readonly kind?: "model";
  readonly secrets?: readonly string[];
  readonly required?: boolean;
  readonly addresses?: Readonly<Record<string, string>>;
  readonly layout?: Layout;
}
