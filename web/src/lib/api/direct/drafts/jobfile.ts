import { TomlError, parse, stringify } from "smol-toml";
import { t } from "$lib/texts";
import { complete, initialValues, readFields, same, type FormField } from "$lib/form/schema";
import { Validation } from "$lib/form/validate";
import type { JobDraft, Problem, Schema } from "../../types";
import { problem, problemsError } from "../common/problems";
import { table, text, type Table } from "../common/reading";
import { RUNPOD } from "../runpod/settings";
import type { Site, SiteRecipe } from "../site/site";
import { asInFiles, asMeant, plain } from "./written";

/** The job file: a TOML that describes one training and can be shared. It holds no secret. */

const TABLES = ["format", "recipe", "name", "settings", "compute", "results"];
const ELSEWHERE = "local"; // where a file may say that its job runs, and a page can't
const LARGEST = 1 << 20; // characters; a job file is a page of text

/** A complete draft from the text of a job file, to run in a pod. Throws a ProblemError. */
export function readJobFile(source: string, site: Site): JobDraft {
  if (source.length > LARGEST)
    throw problemsError([problem(t.direct.jobFile.tooLarge, "too-large")]);
  return draftOf(parsed(source), site);
}

/** Plain data as a complete draft. Throws a ProblemError with every problem, at its field. */
export function completed(data: Table, site: Site): JobDraft {
  return draftOf(table(asInFiles(data)), site);
}

/** `data` has whole numbers as bigints. */
function draftOf(data: Table, site: Site): JobDraft {
  const said = t.direct.jobFile;
  const problems: Problem[] = Object.keys(data)
    .filter((name) => !TABLES.includes(name))
    .map((name) => unknownName(name));
  if (plain(data["format"] ?? 1) !== 1) problems.push(problem(said.format, "format", "format"));
  const name = text(data["name"]);
  if (name.length > 100) problems.push(problem(said.longName, "name", "name"));
  if (typeof (data["name"] ?? "") !== "string")
    problems.push(problem(said.textName, "name", "name"));
  const recipe = recipeOf(data, site, problems);
  const compute = table(data["compute"]);
  const place = "name" in compute ? text(compute["name"]) : ELSEWHERE;
  const found = site.computes.find((each) => each.name === place);
  if (!found && place !== ELSEWHERE)
    problems.push(
      problem(said.noCompute(place), "unknown-compute", "compute.name", said.thereIs(RUNPOD)),
    );
  const settings = filled(recipe?.schema, data["settings"], "settings.", problems);
  const options = Object.entries(compute).filter(([each]) => each !== "name");
  const runpod = site.computes.find((each) => each.name === RUNPOD);
  const given = found ? Object.fromEntries(options) : {};
  const chosen = filled(runpod?.schema, obeyed(given, site, problems), "compute.", problems);
  const results = filled(recipe?.results_schema, data["results"], "results.", problems);
  if (problems.length || !recipe) throw problemsError(problems);
  return {
    format: 1,
    recipe: recipe.name,
    name,
    settings,
    compute: { name: RUNPOD, ...chosen },
    results,
  };
}

/** A job file that makes the same job: what is set otherwise than by default, and all that is basic. */
export function asJobFile(draft: JobDraft, site: Site): string {
  const recipe = site.recipes.find((each) => each.name === draft.recipe);
  const compute = site.computes.find((each) => each.name === draft.compute.name);
  const chosen = {
    ...table(compute?.schema["properties"]),
    ...table(site.at_home["properties"]),
  };
  const { name, ...options } = draft.compute;
  const data = {
    format: 1,
    recipe: draft.recipe,
    name: draft.name,
    settings: worthTelling(recipe?.schema, draft.settings),
    compute: { name, ...worthTelling({ properties: chosen }, options) },
    results: worthTelling(recipe?.results_schema, draft.results),
  };
  return stringify(data);
}

function parsed(source: string): Table {
  try {
    return parse(source, { integersAsBigInt: true });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const { toml, tomlStep, line } = t.direct.jobFile;
    const [why = ""] = error.message.replace("Invalid TOML document: ", "").split("\n");
    const place = line(error.line);
    throw problemsError([{ ...problem(toml(why), "toml", "", tomlStep), place }]);
  }
}

function recipeOf(data: Table, site: Site, problems: Problem[]): SiteRecipe | undefined {
  const said = t.direct.jobFile;
  if (!("recipe" in data)) {
    problems.push(problem(said.missing("recipe"), "missing", "recipe"));
    return undefined;
  }
  const name = text(data["recipe"]);
  const found = site.recipes.find((each) => each.name === name);
  const known = site.recipes.map((each) => each.name).join(", ");
  if (!found)
    problems.push(problem(said.noRecipe(name), "unknown-recipe", "recipe", said.thereAre(known)));
  return found;
}

/** Values with defaults in their gaps; what is wrong with them is added to `problems`. */
function filled(
  schema: Schema | undefined,
  values: unknown,
  prefix: string,
  problems: Problem[],
): Record<string, unknown> {
  if (!schema) return {};
  const fields = readFields(schema);
  const given = asMeant(schema, fields, table(values));
  const absent = table(schema["absent"]);
  for (const place of unknownIn(fields, given))
    problems.push(unknownName(prefix + place, text(absent[place])));
  const all = { ...initialValues(fields), ...given };
  for (const [name, wrong] of new Validation(fields).problems(all))
    problems.push({ ...wrong, field: prefix + name });
  return Object.fromEntries(fields.map((field) => [field.name, completeValue(field, all)]));
}

function completeValue(field: FormField, values: Table): unknown {
  const value = values[field.name];
  return field.kind === "rows" ? complete(field, value) : value; // a line may well be empty
}

/** What there is no setting for, in lists of tables too. */
function unknownIn(fields: readonly FormField[], values: Table): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    const field = fields.find((each) => each.name === name);
    if (!field) return [name];
    if (field.kind !== "rows" || !Array.isArray(value)) return [];
    return value.flatMap((row, index) =>
      unknownIn(field.rows, table(row)).map((inside) => `${name}.${String(index)}.${inside}`),
    );
  });
}

/** Without what only an attendant at home obeys, which is refused where it asks for anything. */
function obeyed(given: Table, site: Site, problems: Problem[]): Table {
  const said = t.direct.jobFile;
  const rest = { ...given };
  for (const { name, title, initial } of readFields(site.at_home)) {
    if (name in given && !same(plain(given[name]), initial))
      problems.push(problem(said.atHome(title), "at-home", `compute.${name}`, said.atHomeStep));
    Reflect.deleteProperty(rest, name);
  }
  return rest;
}

/** `said`: what a recipe says of one that people look for. */
function unknownName(field: string, said = ""): Problem {
  return problem(said || t.direct.jobFile.noSetting(field), "unknown-setting", field);
}

/** Those that a job file has to name; see `asMeant` for those that are none. */
function worthTelling(schema: Schema | undefined, values: Table): Record<string, unknown> {
  return worthOf(schema ? readFields(schema) : [], values);
}

function worthOf(all: readonly FormField[], values: Table): Record<string, unknown> {
  const fields = new Map(all.map((field) => [field.name, field]));
  const tells = (value: unknown, field: FormField | undefined) =>
    value !== undefined &&
    (value !== null || (field?.initial ?? null) !== null) &&
    (!field || field.importance === "basic" || !same(value, field.initial));
  return Object.fromEntries(
    Object.entries(values)
      .filter(([name, value]) => tells(value, fields.get(name)))
      .map(([name, value]) => [name, value === null ? "" : rowsTold(fields.get(name), value)]),
  );
}

function rowsTold(field: FormField | undefined, value: unknown): unknown {
  if (field?.kind !== "rows" || !Array.isArray(value)) return value;
  return value.map((row) => worthOf(field.rows, table(row)));
}
