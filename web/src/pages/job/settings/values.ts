import { figure, number } from "$lib/format";
import { pickedWords } from "$lib/form/picked";
import { rowsOf } from "$lib/form/rows";
import { isEmpty, type FormField, type Values } from "$lib/form/schema";
import { quoted } from "$lib/form/words";
import { t } from "$lib/texts";

/** A setting's value in words; "" if it is not set. */
export function written(value: unknown, field?: FormField): string {
  if (typeof value === "boolean") return value ? t.jobSettings.yes : t.jobSettings.no;
  if (isEmpty(value)) return "";
  if (typeof value === "number") return numeral(value, field);
  if (typeof value === "string") return pickedWords(value) ?? chosen(value, field);
  if (field?.rows.length)
    return rowsOf(value)
      .map((row) => rowOf(row, field.rows))
      .join("\n");
  if (Array.isArray(value)) return value.map((each) => written(each)).join("\n");
  if (isTable(value))
    return Object.entries(value)
      .map(([name, each]) => `${name}=${each}`)
      .join("\n");
  return JSON.stringify(value);
}

/** What is set in a row of a list of tables; where its data is needs no title. */
function rowOf(row: Values, fields: readonly FormField[]): string {
  const said = fields.map((field) => {
    const value = written(row[field.name], field).replaceAll("\n", ", ");
    return value && field.widget !== "dataset" ? `${field.title}: ${value}` : value;
  });
  return said.filter(Boolean).join(", ");
}

/** Counts as the reader writes them; a seed, which counts nothing, as it is typed. */
function numeral(value: number, field: FormField | undefined): string {
  if (field?.unit)
    return `${Number.isInteger(value) ? number(value) : figure(value)} ${t.kit.unitOf(value, field.unit)}`;
  return Number.isInteger(value) ? String(value) : figure(value);
}

/** What a choice means stands beside it, in the recipe's own words. */
function chosen(value: string, field: FormField | undefined): string {
  const meaning = field?.options.find((option) => option.value === value)?.meaning;
  return !meaning ? quoted(value) : alike(meaning, value) ? meaning : `${value} (${meaning})`;
}

/** “SDXL” says all of “sdxl”. */
function alike(one: string, other: string): boolean {
  const bare = (text: string) => text.toLowerCase().replaceAll(/[^a-z\d]/g, "");
  return bare(one) === bare(other);
}

/** Names and values, such as environment variables. */
function isTable(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.values(value).every((each) => typeof each === "string")
  );
}
