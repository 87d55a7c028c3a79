import { SvelteSet } from "svelte/reactivity";
import type { Control } from "$lib/api/control";
import type { Choice, ComputeView, JobDraft, Place, Problem } from "$lib/api/types";
import type { FormHost } from "$lib/form/host";
import { called } from "$lib/form/called";
import { byPlace, errorsOf, type FieldPath, isWithin, placeOf, worstFirst } from "$lib/form/places";
import { rowsOf } from "$lib/form/rows";
import type { FormField } from "$lib/form/schema";
import type { Checks } from "$lib/state/checks.svelte";
import type { Draft } from "$lib/state/draft.svelte";
import { t } from "$lib/texts";
import { isData, stepOf, type StepName } from "./steps";

type Calls = Pick<Control, "choices" | "places">;

const NONE: readonly Problem[] = [];

/**
 * The wizard's form: a draft, and which of its problems are shown. A problem shows once its
 * field was left; one that came of another field's change shows at once; at Start all do.
 */
export class Form implements FormHost {
  readonly draft: Draft;
  readonly checks: Checks;
  readonly #control: Calls;
  readonly #computes: readonly ComputeView[];

  #everything = $state(false);
  #agreedTo = $state("");
  #inside = $state<FieldPath>("");
  readonly #left = new SvelteSet<FieldPath>();
  /** What the first check found: it is nobody's doing yet. */
  #first: ReadonlySet<string> | undefined = $state.raw();
  #refused = $state.raw<{ job: JobDraft; problems: readonly Problem[] }>();

  constructor(draft: Draft, checks: Checks, control: Calls, computes: readonly ComputeView[] = []) {
    this.#computes = computes;
    this.draft = draft;
    this.checks = checks;
    this.#control = control;
  }

  // -- values -------------------------------------------------------------------

  value(path: FieldPath): unknown {
    return this.draft.value(path);
  }

  set(path: FieldPath, value: unknown): void {
    this.draft.set(path, value);
  }

  origin(path: FieldPath): unknown {
    return this.draft.origin(path);
  }

  default(path: FieldPath): unknown {
    return this.draft.default(path);
  }

  changed(path: FieldPath): boolean {
    return this.draft.changed(path);
  }

  choices(path: FieldPath) {
    const { recipe } = this.draft;
    const [table, name = ""] = path.split(".");
    if (table !== "settings" || !recipe.choices.includes(name)) return undefined;
    return (find: string, signal: AbortSignal): Promise<Choice[]> =>
      this.#control.choices(recipe.name, name, find, signal);
  }

  readonly places = (path: string, signal: AbortSignal): Promise<Place[]> =>
    this.#control.places(path, signal);

  // -- problems -----------------------------------------------------------------

  /** All problems by place: what the schema finds stands before what the server found. */
  readonly all: ReadonlyMap<FieldPath, readonly Problem[]> = $derived.by(() => {
    const { known, wrong, job } = this.draft;
    const refused = this.#refused?.job === job ? this.#refused.problems : NONE;
    const answered = [...this.checks.problems, ...refused].filter(
      (problem) => !wrong.has(placeOf(problem.field, known)),
    );
    return byPlace([...wrong.values(), ...answered], known);
  });

  readonly errors: readonly (readonly [FieldPath, Problem])[] = $derived.by(() =>
    this.#list("error"),
  );
  readonly warnings: readonly (readonly [FieldPath, Problem])[] = $derived.by(() =>
    this.#list("warning"),
  );

  /** What is wrong inside the data: said with the data, not at the field that names it. */
  readonly ofData: readonly Problem[] = $derived.by(() => {
    const problems = this.checks.data.answer?.problems ?? NONE;
    const codes = new Set(problems.flatMap(({ code, place }) => (place ? [code] : [])));
    return problems.filter(({ code, field }) => codes.has(code) && this.#isData(field));
  });

  /** All that a look through the data found, but for what stands at the field that names it. */
  readonly found: readonly Problem[] = $derived.by(() => {
    const inside = new Set(this.ofData);
    const problems = this.checks.data.answer?.problems ?? NONE;
    return worstFirst(problems.filter((each) => inside.has(each) || !this.#isData(each.field)));
  });

  problems(path: FieldPath): readonly Problem[] {
    const inData = new Set(this.ofData);
    return (this.all.get(path) ?? NONE)
      .filter((problem) => !inData.has(problem) && this.#shows(path, problem))
      .map((problem) => this.inWords(problem));
  }

  /** A problem in the words of the form. */
  inWords(problem: Problem): Problem {
    const [sentence, next_step] = [problem.sentence, problem.next_step].map(this.called);
    return { ...problem, sentence: sentence ?? "", next_step: next_step ?? "" };
  }

  /** A text that names settings, in the words of the form. */
  readonly called = (text: string): string => called(text, this.draft.fields.settings);

  within(path: FieldPath): readonly Problem[] {
    const places = [...this.all.keys()].filter((place) => isWithin(place, path));
    return places.flatMap((place) => this.problems(place));
  }

  /** Errors to be seen in a step. */
  count(step: StepName): number {
    const { settings } = this.draft.fields;
    return this.errors.filter(
      ([path, problem]) => stepOf(path, settings) === step && this.#shows(path, problem),
    ).length;
  }

  /** The one that is chosen; undefined if it is not here any more. */
  get compute(): ComputeView | undefined {
    return this.#computes.find(({ name }) => name === this.draft.compute);
  }

  get computeTitle(): string {
    return this.compute?.title ?? this.draft.compute;
  }

  /** Whether it would run elsewhere, for money. */
  get remote(): boolean {
    return this.compute?.remote === true;
  }

  /** How a field is called on the page. */
  titleOf(path: FieldPath): string {
    const [table = "", name, row, inside] = path.split(".");
    const { fields } = this.draft;
    const named = fields[table === "results" || table === "compute" ? table : "settings"];
    const field = named.find((each) => each.name === name);
    if (field && row !== undefined && inside !== undefined) {
      const title = field.rows.find((each) => each.name === inside)?.title ?? inside;
      return t.newJob.settings.rows.titleOf(field.row, Number(row) + 1, title);
    }
    if (name !== undefined) return field?.title ?? name;
    const { what, where } = t.newJob;
    return (
      { name: what.name, recipe: what.recipe, compute: where.compute, profile: where.profile }[
        table
      ] ?? table
    );
  }

  /** Whether a field of the step has to be put right before one goes on; data may follow later. */
  blocks(step: StepName): boolean {
    const inside = new Set(this.ofData);
    const { settings } = this.draft.fields;
    return this.errors.some(
      ([path, problem]) => stepOf(path, settings) === step && !inside.has(problem),
    );
  }

  // -- what has to be agreed to -------------------------------------------------

  /** In words, by the newest plan; empty where nothing has to be. */
  get toAgree(): string {
    return this.remote ? (this.checks.plan.answer?.remote?.confirm ?? "") : "";
  }

  /** Other words have to be agreed to anew. */
  get agreed(): boolean {
    return this.toAgree === "" || this.#agreedTo === this.toAgree;
  }

  set agreed(yes: boolean) {
    this.#agreedTo = yes ? this.toAgree : "";
  }

  enter(path: FieldPath): void {
    this.#inside = path;
  }

  leave(path: FieldPath): void {
    this.#inside = "";
    this.#left.add(path);
  }

  /** As if every field of these had been left. */
  leaveAll(step: StepName): void {
    const { settings, results, compute } = this.draft.fields;
    const paths = [
      ...settings.map((field) => `settings.${field.name}`),
      ...results.map((field) => `results.${field.name}`),
      ...compute.map((field) => `compute.${field.name}`),
      ...settings.flatMap((field) => this.#inRows(field)),
      "name",
    ];
    for (const path of paths) if (stepOf(path, settings) === step) this.#left.add(path);
  }

  showEverything(): void {
    this.#everything = true;
  }

  /** Hears the first check's answer; what it says later is somebody's doing. */
  begin(): void {
    const answer = this.checks.rules.answer;
    if (answer && !this.#first) this.#first = new Set(answer.problems.map(keyOf));
  }

  /** The server refused to start this very job. */
  refuse(problems: readonly Problem[]): void {
    this.#refused = { job: this.draft.job, problems };
    this.#everything = true;
  }

  #shows(path: FieldPath, problem: Problem): boolean {
    const noField = !path.includes(".") && path !== "name"; // a choice, or the whole job
    if (noField || this.#everything || this.#left.has(path)) return true;
    return path !== this.#inside && problem.code !== "schema" && !this.#first?.has(keyOf(problem));
  }

  #inRows({ name, rows }: FormField): readonly FieldPath[] {
    const list = `settings.${name}`;
    const numbers = rows.length ? rowsOf(this.value(list)).keys() : [];
    return [...numbers].flatMap((row) => rows.map((each) => `${list}.${row}.${each.name}`));
  }

  #isData(field: string): boolean {
    const [table, name] = placeOf(field, this.draft.known).split(".");
    return (
      table === "settings" &&
      this.draft.fields.settings.some((each) => each.name === name && isData(each))
    );
  }

  #list(severity: Problem["severity"]): readonly (readonly [FieldPath, Problem])[] {
    return [...this.all].flatMap(([path, problems]) =>
      problems
        .filter((problem) => (problem.severity === "error") === (severity === "error"))
        .map((problem) => [path, problem] as const),
    );
  }
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return errorsOf(problems).length > 0;
}

function keyOf(problem: Problem): string {
  return `${problem.field} ${problem.code}`;
}
