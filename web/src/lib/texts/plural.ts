import { number } from "$lib/numbers";
import { language } from "./language";

type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string };

/** The form for this many, with `#` replaced by the number: plural(3, {one: "# job", other: "# jobs"}). */
export function plural(n: number, forms: Forms): string {
  const form = forms[new Intl.PluralRules(language).select(n)] ?? forms.other;
  return form.replace("#", number(n));
}
