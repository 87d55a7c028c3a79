import { untrack } from "svelte";
import type { Control } from "$lib/api/control";
import { ProblemError, UnreachableError } from "$lib/api/problem";
import type {
  ComputeView,
  JobDraft,
  JobView,
  Profile,
  RecipeBrief,
  RecipeView,
  System,
} from "$lib/api/types";
import type { FieldPath } from "$lib/form/places";
import { Checks } from "$lib/state/checks.svelte";
import { Draft, type SavedDraft, type Start } from "$lib/state/draft.svelte";
import { Drafts, type KeptDraft } from "$lib/state/drafts.svelte";
import { recall, remember } from "$lib/state/prefs";
import type { DroppedFile, Sending } from "$lib/state/sending.svelte";
import { Sendings } from "$lib/state/sendings.svelte";
import { toasts } from "$lib/state/toasts.svelte";
import { t } from "$lib/texts";
import { Form } from "./form.svelte";
import { isData, namesData, type StepName } from "./steps";

const LAST_PROFILE = "newJob.profile";

/** Everything behind the page: what can be chosen, the draft, and how it becomes a job. */
export class Wizard {
  readonly drafts = new Drafts();
  readonly sendings: Sendings;

  recipes = $state.raw<readonly RecipeBrief[]>([]);
  profiles = $state.raw<readonly Profile[]>([]);
  computes = $state.raw<readonly ComputeView[]>([]);
  /** Undefined while, or where, nobody knows. */
  system = $state.raw<System>();
  form = $state.raw<Form>();
  loaded = $state(false);
  failure = $state.raw<unknown>();
  starting = $state(false);
  /** Why the newest try to start came to nothing, where no field is to blame. */
  refusal = $state.raw<unknown>();
  /** The newest try came to nothing for want of an agreement. */
  unagreed = $state(false);

  readonly #control: Control;
  #dataAsked = "";
  #dataAskedOf = "";
  #started = false; // its draft is a job now, and nothing to keep

  constructor(control: Control) {
    this.#control = control;
    this.sendings = new Sendings(control);
  }

  get draft(): Draft | undefined {
    return this.form?.draft;
  }

  // -- beginning ----------------------------------------------------------------

  async load(): Promise<void> {
    this.failure = undefined;
    try {
      const [recipes, profiles, computes] = await Promise.all([
        this.#control.recipes(),
        this.#control.profiles(),
        this.#control.computes(),
      ]);
      this.recipes = recipes;
      this.profiles = profiles;
      this.computes = computes;
      await this.#beginning();
      this.loaded = true;
    } catch (error) {
      this.failure = error;
    }
    this.system = await this.#control.system().catch(() => undefined);
  }

  /** Puts a job's settings on the shelf as this tab's draft. */
  async copy(id: string): Promise<void> {
    const job = await this.#control.copy(id);
    this.drafts.part();
    this.drafts.keep({
      recipe: job.recipe,
      start: { kind: "job", id, job },
      name: null,
      compute: null,
      profile: "",
      settings: {},
      results: {},
      options: {},
    });
  }

  /** Begins a draft of a recipe; what was set for another one is gone. */
  async choose(recipe: string, start?: Start): Promise<void> {
    this.#begin(await this.#control.recipe(recipe), start);
  }

  async begin(start: Start & { readonly job: JobDraft }): Promise<void> {
    await this.choose(start.job.recipe, start);
    this.form?.showEverything();
  }

  /** Goes on with a draft of the shelf; this tab's own is left there. */
  async resume(kept: KeptDraft): Promise<void> {
    await this.#restore(kept);
  }

  discard(): void {
    const { draft } = this;
    if (!draft) return;
    this.sendings.clear();
    this.drafts.discard();
    this.#begin(draft.recipe);
  }

  // -- while it is filled in ----------------------------------------------------

  /** Whether there is anything in the draft that would be missed. */
  get worth(): boolean {
    const { draft } = this;
    if (!draft) return false;
    return draft.changes > 0 || draft.start.kind === "job" || draft.start.kind === "file";
  }

  keep(): void {
    if (!this.draft || this.#started) return;
    if (this.worth || this.drafts.mine()) this.drafts.keep(this.draft.saved());
  }

  saved(): SavedDraft | undefined {
    return this.#started ? undefined : this.draft?.saved();
  }

  /** Has the server look at the draft as it is now. What its schema refuses, it needn't see. */
  look(step: StepName): void {
    const { form } = this;
    if (!form || form.draft.wrong.size) return;
    const { job, profile } = form.draft;
    // How the questions fare is no reason to ask them again.
    untrack(() => {
      form.checks.look(job, profile?.name);
      if (form.remote && step === "where") form.checks.lookForOffers(job, profile?.name);
      this.#lookAtData(form, step);
    });
  }

  /** The server can be reached again: what failed for that is asked once more. */
  again(): void {
    if (this.failure instanceof UnreachableError) void this.load();
    if (this.refusal instanceof UnreachableError) this.refusal = undefined;
    const { rules, plan, data, offers } = this.form?.checks ?? {};
    for (const each of [rules, plan, data, offers])
      if (each?.error instanceof UnreachableError) each.retry();
  }

  lookAtDataNow(): void {
    if (!this.form) return;
    this.form.checks.data.ask(ofData(this.form.draft));
    void this.form.checks.data.settled();
  }

  /** Sends files from the browser; the field at `path` names them once they are here. */
  async send(path: FieldPath, files: readonly DroppedFile[]): Promise<void> {
    const sending = this.sendings.begin(path);
    this.#arrived(sending, await sending.send(files));
  }

  async sendAgain(sending: Sending): Promise<void> {
    this.#arrived(sending, await sending.retry());
  }

  /** Takes what was sent for a field away again. */
  unsend(path: FieldPath): void {
    this.sendings.remove(path);
    this.form?.set(path, "");
  }

  // -- starting -----------------------------------------------------------------

  /** The job that was started; undefined if something has to be put right first. */
  async start(): Promise<JobView | undefined> {
    const { form } = this;
    if (!form || this.starting) return undefined;
    this.starting = true;
    this.refusal = undefined;
    this.unagreed = false;
    form.showEverything();
    try {
      await Promise.all([form.checks.rules.settled(), form.checks.data.settled()]);
      if (form.errors.length || !(await this.#agreed(form))) return undefined;
      return await this.#start(form.draft);
    } catch (error) {
      if (error instanceof ProblemError) form.refuse(error.problems);
      this.refusal = error;
      return undefined;
    } finally {
      this.starting = false;
    }
  }

  /** Whether what the plan wants to be agreed to was agreed to. Only what is rented has such. */
  async #agreed(form: Form): Promise<boolean> {
    if (!form.remote) return true;
    await form.checks.plan.settled();
    this.refusal = form.checks.plan.error;
    if (this.refusal !== undefined) return false;
    this.unagreed = !form.agreed;
    return form.agreed;
  }

  #arrived(sending: Sending, place: string | undefined): void {
    const path = this.sendings.pathOf(sending);
    if (place === undefined || path === undefined || !this.form) return;
    this.form.set(path, place);
    this.form.leave(path);
  }

  async #start(draft: Draft): Promise<JobView> {
    const profile = draft.profile?.name ?? "";
    const job = await this.#control.create(draft.job, { profile });
    remember(LAST_PROFILE, profile || undefined);
    this.#started = true;
    this.drafts.discard();
    return job;
  }

  async #beginning(): Promise<void> {
    const kept = this.drafts.mine();
    if (kept && (await this.#restore(kept))) return;
    const [only, ...others] = this.recipes;
    if (only && others.length === 0) await this.choose(only.name);
  }

  /** Whether its recipe is still here. */
  async #restore({ id, draft: saved }: KeptDraft): Promise<boolean> {
    if (!this.recipes.some((recipe) => recipe.name === saved.recipe)) {
      if (this.drafts.mine()?.id === id) this.drafts.part();
      toasts.say(t.newJob.draft.gone, { kind: "error" });
      return false;
    }
    const recipe = await this.#control.recipe(saved.recipe);
    this.drafts.take(id);
    this.#take(Draft.restored(recipe, saved, this.profiles, this.computes));
    if (saved.start.kind === "job" || saved.start.kind === "file") this.form?.showEverything();
    return true;
  }

  #begin(recipe: RecipeView, start: Start = usualStart(recipe)): void {
    const draft = new Draft(recipe, this.computes);
    draft.start = start;
    draft.profile = this.#profile(recall(LAST_PROFILE));
    this.#take(draft);
  }

  #take(draft: Draft): void {
    this.form?.checks.end();
    this.#dataAsked = "";
    this.refusal = undefined;
    this.form = new Form(draft, new Checks(this.#control), this.#control, this.computes);
  }

  #profile(name: unknown): Profile | null {
    return this.profiles.find((profile) => profile.name === name) ?? null;
  }

  /**
   * Reading data takes its time: it is read when it, or what stands in one group with it, was
   * changed; where it is shown, if anything was; and before the start.
   */
  #lookAtData(form: Form, step: StepName): void {
    const { data } = form.checks;
    const { fields, settings } = form.draft;
    const sources = fields.settings.filter(isData);
    if (sources.length && !sources.some((field) => namesData(field, settings[field.name]))) {
      data.forget();
      this.#dataAsked = "";
      return;
    }
    const groups = new Set(sources.map((field) => field.group));
    const near = fields.settings.filter((field) => isData(field) || groups.has(field.group));
    const all = JSON.stringify(settings);
    const key = JSON.stringify(near.map((field) => settings[field.name]));
    const isNews = key !== this.#dataAsked || (step === "data" && all !== this.#dataAskedOf);
    if (step !== "start" && !(isNews && sources.length)) return;
    this.#dataAsked = key;
    this.#dataAskedOf = all;
    data.ask(ofData(form.draft, step === "start"));
  }
}

/** What is asked about the data: the name has no part in it, nor, before the start, has where results go. */
function ofData({ job, profile }: Draft, results = false): { job: JobDraft; profile: string } {
  const asked = { ...job, name: "", results: results ? job.results : {} };
  return { job: asked, profile: profile?.name ?? "" };
}

/** A recipe's first preset is what most begin with. */
function usualStart(recipe: RecipeView): Start {
  const [first] = recipe.presets;
  return first ? { kind: "preset", name: first.name } : { kind: "defaults" };
}
