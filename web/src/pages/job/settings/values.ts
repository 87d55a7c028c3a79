import { figure, number } from "$lib/format";
import { pickedWords } from "$lib/form/picked";
import { isEmpty, type FormField } from "$lib/form/schema";
import { t } from "$lib/texts";

/** A setting's value in words; "" if it is not set. */
export function written(value: unknown, field?: FormField): string {
  if (typeof value === "boolean") return value ? t.jobSettings.yes : t.jobSettings.no;
  if (isEmpty(value)) return "";
  if (typeof value === "number") return numeral(value, field);
  if (typeof value === "string") return pickedWords(value) ?? chosen(value, field);
  if (Array.isArray(value)) return value.map((each) => written(each)).join("\n");
  if (isTable(value))
    return Object.entries(value)
      .map(([name, each]) => `${name}=${each}`)
      .join("\n");
  return JSON.stringify(value);
}

/** Counts as the reader writes them; a seed, which counts nothing, as it is typed. */
function numeral(value: number, field: FormField | undefined): string {
  if (field?.unit)
    return `${Number.isInteger(value) ? number(value) : figure(value)} ${field.unit}`;
  return Number.isInteger(value) ? String(value) : figure(value);
}

/** What a choice means stands beside it, in the recipe's own words. */
function chosen(value: string, field: FormField | undefined): string {
  const meaning = field?.options.find((option) => option.value === value)?.meaning;
  return meaning ? `${value} (${meaning})` : value;
}

/** Names and values, such as environment variables. */
function isTable(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((each) => typeof each === "string")
  );
}
