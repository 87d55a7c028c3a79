import { type OutputUnit, Validator } from "@cfworker/json-schema";
import type { Problem } from "$lib/api/types";
import { figure, number } from "$lib/format";
import { t } from "$lib/texts";
import { type FormField, initialValues, type Values } from "./schema";

/**
 * What is wrong with values by the schema alone, at once and without the server. The validator
 * compiles nothing, as the content security policy demands.
 */
export class Validation {
  readonly #fields: readonly (readonly [FormField, Validator])[];
  /** Of lists of tables, for each row. */
  readonly #rows: ReadonlyMap<string, Validation>;

  constructor(fields: readonly FormField[]) {
    this.#fields = fields.map((field) => [
      field,
      new Validator(ownSchema(field), "2020-12", false),
    ]);
    this.#rows = new Map(
      fields
        .filter(({ kind }) => kind === "rows")
        .map(({ name, rows }) => [name, new Validation(rows)]),
    );
  }

  /** By the fields' names, in a row by place ("folders.0.path"); at most one problem a field. */
  problems(values: Values): ReadonlyMap<string, Problem> {
    const found = new Map<string, Problem>();
    for (const [field, validator] of this.#fields) {
      const inside = this.#ofRows(field, values[field.name]);
      for (const [place, problem] of inside) found.set(place, problem);
      if (inside.length) continue;
      const sentence = wrong(field, validator, values[field.name]);
      if (sentence) found.set(field.name, problem(field.name, sentence));
    }
    return found;
  }

  #ofRows(field: FormField, value: unknown): readonly (readonly [string, Problem])[] {
    const validation = this.#rows.get(field.name);
    if (!validation || !Array.isArray(value)) return [];
    const usual = initialValues(field.rows); // what a row doesn't say is as by default
    return value.flatMap((row, index) =>
      [...validation.problems({ ...usual, ...(row as Values) })].map(([name, { sentence }]) => {
        const place = `${field.name}.${String(index)}.${name}`;
        return [place, problem(place, sentence)] as const;
      }),
    );
  }
}

/** Of a list of tables, what it is itself: its rows are looked at one by one. */
function ownSchema({ kind, schema }: FormField) {
  return kind === "rows" ? { ...schema, items: { type: "object" } } : schema;
}

function wrong(field: FormField, validator: Validator, value: unknown): string {
  if (value === null || value === undefined) return field.nullable ? "" : emptySentence(field);
  const { valid, errors } = validator.validate(value);
  if (valid) return "";
  const deepest = errors.at(-1);
  return deepest ? sentenceOf(deepest, field) : t.newJob.wrong.other;
}

function problem(field: string, sentence: string): Problem {
  return {
    sentence,
    code: "schema",
    field,
    next_step: "",
    severity: "error",
    place: "",
  };
}

function emptySentence(field: FormField): string {
  const said = t.newJob.wrong;
  if (field.kind === "integer") return said.whole;
  if (field.kind === "numbers") return said.numbers;
  return field.kind === "number" ? said.number : said.empty;
}

/** The validator's keyword in our words. */
function sentenceOf({ keyword }: OutputUnit, field: FormField): string {
  const said = t.newJob.wrong;
  const limit = Number(field.schema[keyword]);
  switch (keyword) {
    case "type":
      return emptySentence(field);
    case "minimum":
      return said.atLeast(bound(limit));
    case "exclusiveMinimum":
      return said.moreThan(bound(limit));
    case "maximum":
      return said.atMost(bound(limit));
    case "exclusiveMaximum":
      return said.lessThan(bound(limit));
    case "multipleOf":
      return said.multipleOf(bound(limit));
    case "minLength":
      return limit > 1 ? said.longer(limit) : said.empty;
    case "maxLength":
      return said.shorter(limit);
    case "minItems":
      return said.moreLines(limit);
    case "maxItems":
      return said.fewerLines(limit);
    case "uniqueItems":
      return said.twice;
    case "enum":
      return said.oneOf(field.options.map((option) => String(option.value)));
    default:
      return said.other;
  }
}

/** 1,000,000 as it is, 0.0002 with its digits. */
function bound(limit: number): string {
  return Number.isInteger(limit) ? number(limit) : figure(limit);
}
