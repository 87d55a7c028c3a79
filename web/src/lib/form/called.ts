import type { FormField } from "./schema";

// A setting's name between marks, or one that is no word of any language.
const NAME = /“([a-z][a-z\d_]*)”|(?<![\w./“-])([a-z][a-z\d]*(?:_[a-z\d]+)+)(?![\w./”-])/g;

/** What is said of settings by their names in a job file, by their titles in the form. */
export function called(text: string, fields: readonly FormField[]): string {
  return text.replaceAll(NAME, (said: string, quoted?: string, bare?: string) => {
    const title = titleOf(quoted ?? bare ?? "", fields);
    return title === undefined ? said : `“${title}”`;
  });
}

function titleOf(name: string, fields: readonly FormField[]): string | undefined {
  const found =
    fields.find((field) => field.name === name) ??
    fields.flatMap((field) => field.rows).find((field) => field.name === name);
  if (!found) return undefined;
  // Of several that are called alike, such as “Save every”, the unit tells which it is.
  const alike = fields.filter((field) => field.title === found.title).length > 1;
  return alike && found.unit ? `${found.title} … ${found.unit}` : found.title;
}
