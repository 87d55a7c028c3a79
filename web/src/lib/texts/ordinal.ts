const rules = new Intl.PluralRules("en", { type: "ordinal" });
const endings: Partial<Record<Intl.LDMLPluralRule, string>> = { one: "st", two: "nd", few: "rd" };

/** 1st, 2nd, 3rd, 11th. */
export function ordinal(n: number): string {
  return `${n}${endings[rules.select(n)] ?? "th"}`;
}
