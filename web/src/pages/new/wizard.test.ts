import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Control } from "$lib/api/control";
import { ProblemError, UnreachableError } from "$lib/api/problem";
import type { JobDraft, JobView, Problem, Profile, Report, Upload } from "$lib/api/types";
import { cloud, here, recipe } from "$lib/form/example";
import { Wizard } from "./wizard.svelte";

const job: JobDraft = {
  format: 1,
  recipe: "shapes",
  name: "earlier",
  settings: { source: "/data", shape: "square" },
  compute: { name: "local" },
  results: {},
};
const profile: Profile = {
  name: "work",
  title: "",
  secrets: [],
  defaults: { settings: { shapes: { speed: 0.5 } }, results: {} },
};
const missing: Problem = {
  sentence: "No source is named.",
  code: "missing",
  field: "source",
  next_step: "",
  severity: "error",
  place: "",
};

function report(...problems: Problem[]): Report {
  return { ok: problems.length === 0, problems, not_checked: [], facts: {} };
}

function fake(more: Partial<Control> = {}): Control {
  const brief = { ...recipe, presets: [], demo: false };
  return {
    recipes: () => Promise.resolve([brief]),
    recipe: () => Promise.resolve(recipe),
    profiles: () => Promise.resolve([profile]),
    computes: () => Promise.resolve([here, cloud]),
    system: () => Promise.reject(new UnreachableError("no")),
    check: vi.fn(() => Promise.resolve(report())),
    plan: vi.fn(() => Promise.resolve({ steps: [] })),
    offers: vi.fn(() => Promise.resolve({ offers: [] })),
    copy: () => Promise.resolve(job),
    create: vi.fn(() => Promise.resolve({ id: "20261122-first" } as JobView)),
    ...more,
  } as unknown as Control;
}

async function loaded(control = fake()): Promise<Wizard> {
  const wizard = new Wizard(control);
  await wizard.load();
  return wizard;
}

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

describe("beginning", () => {
  it("takes the one recipe that there is, with its first preset", async () => {
    const wizard = await loaded();
    expect(wizard.loaded).toBe(true);
    expect(wizard.draft?.start).toEqual({ kind: "preset", name: "squares" });
    expect(wizard.system).toBeUndefined();
  });

  it("leaves the choice between several recipes", async () => {
    const two = await fake().recipes();
    const wizard = await loaded(fake({ recipes: () => Promise.resolve([...two, ...two]) }));
    expect(wizard.draft).toBeUndefined();
  });

  it("goes on with this tab's draft", async () => {
    const before = await loaded();
    before.draft?.set("settings.source", "/mine");
    before.keep();
    const after = await loaded();
    expect(after.draft?.settings["source"]).toBe("/mine");
  });

  it("keeps nothing where nothing was set", async () => {
    const wizard = await loaded();
    wizard.keep();
    expect(wizard.drafts.mine()).toBeUndefined();
    expect(wizard.worth).toBe(false);
  });

  it("puts a job's settings on the shelf, and shows at once what is wrong with them", async () => {
    const first = new Wizard(fake());
    await first.copy("1");
    const wizard = await loaded();
    expect(wizard.draft?.start).toEqual({ kind: "job", id: "1", job });
    expect(wizard.draft?.name).toBe("earlier");
    const { form } = wizard;
    if (form) form.checks.rules.answer = report(missing);
    form?.begin();
    expect(form?.problems("settings.source")).toHaveLength(1);
  });

  it("leaves a draft alone whose recipe is gone", async () => {
    const first = new Wizard(fake({ copy: () => Promise.resolve({ ...job, recipe: "gone" }) }));
    await first.copy("1");
    const wizard = await loaded();
    expect(wizard.draft?.recipe.name).toBe("shapes");
    expect(wizard.drafts.others).toHaveLength(1);
  });

  it("says why it can't, and can be tried again", async () => {
    const recipes = vi.fn(fake().recipes).mockRejectedValueOnce(new UnreachableError("no"));
    const wizard = await loaded(fake({ recipes }));
    expect(wizard.failure).toBeInstanceOf(UnreachableError);
    wizard.again();
    await vi.waitFor(() => {
      expect(wizard.loaded).toBe(true);
    });
    expect(wizard.failure).toBeUndefined();
  });
});

describe("drafts", () => {
  it("begins anew when one is discarded", async () => {
    const wizard = await loaded();
    wizard.draft?.set("settings.source", "/mine");
    wizard.keep();
    wizard.discard();
    expect(wizard.draft?.settings["source"]).toBe("");
    expect(wizard.drafts.mine()).toBeUndefined();
  });

  it("goes on with another one, and leaves its own where it is", async () => {
    const first = await loaded();
    first.draft?.set("settings.source", "/first");
    first.keep();
    sessionStorage.clear();
    const second = await loaded();
    second.draft?.set("settings.source", "/second");
    second.keep();
    const [other] = second.drafts.others;
    if (other) await second.resume(other);
    second.keep();
    expect(second.draft?.settings["source"]).toBe("/first");
    expect(second.drafts.others.map(({ draft }) => draft.settings["source"])).toEqual(["/second"]);
  });
});

describe("looking", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const asked = (control: Control, data: boolean) =>
    vi.mocked(control.check).mock.calls.filter(([, how]) => (how?.data ?? false) === data).length;

  it("doesn't ask about what the schema refuses", async () => {
    const control = fake();
    const wizard = await loaded(control);
    wizard.draft?.set("settings.speed", 3);
    wizard.look("settings");
    await vi.advanceTimersByTimeAsync(1000);
    expect(control.check).not.toHaveBeenCalled();
  });

  it("reads the data when it changes, or what stands in its group, and not for the rest", async () => {
    const control = fake();
    const wizard = await loaded(control);
    const look = async (step: "settings" | "start" = "settings") => {
      wizard.look(step);
      await vi.advanceTimersByTimeAsync(1000);
      return asked(control, true);
    };
    expect(await look()).toBe(0); // there is none
    wizard.draft?.set("settings.source", "/data");
    expect(await look()).toBe(1);
    wizard.draft?.set("settings.speed", 0.1);
    expect(await look()).toBe(1);
    wizard.draft?.set("settings.shape", "round");
    expect(await look()).toBe(2);
    wizard.draft?.set("settings.speed", 0.2);
    expect(await look()).toBe(2);
    expect(await look("start")).toBe(3);
    expect(await look("start")).toBe(3);
  });

  it("forgets what was found when the data is taken away", async () => {
    const wizard = await loaded();
    wizard.draft?.set("settings.source", "/data");
    wizard.look("data");
    await vi.advanceTimersByTimeAsync(1000);
    expect(wizard.form?.checks.data.answer).toBeDefined();
    wizard.draft?.set("settings.source", "");
    wizard.look("data");
    expect(wizard.form?.checks.data.answer).toBeUndefined();
  });

  it("asks again what failed for want of a connection", async () => {
    const control = fake();
    vi.mocked(control.check).mockRejectedValueOnce(new UnreachableError("no"));
    const wizard = await loaded(control);
    wizard.look("what");
    await vi.advanceTimersByTimeAsync(400);
    expect(wizard.form?.checks.rules.error).toBeInstanceOf(UnreachableError);
    wizard.again();
    await vi.advanceTimersByTimeAsync(0);
    expect(wizard.form?.checks.rules.error).toBeUndefined();
  });
});

describe("data from the browser", () => {
  const files = [{ path: "voice/1.wav", file: new File(["x"], "1.wav") }];
  const upload = () => Promise.resolve({ id: "u1", path: "/uploads/u1/voice" } as Upload);

  it("is named by the field once it is here, on whichever step one is then", async () => {
    const wizard = await loaded(fake({ upload }));
    await wizard.send("settings.source", files);
    expect(wizard.draft?.settings["source"]).toBe("/uploads/u1/voice");
  });

  it("changes nothing if it doesn't arrive, and can be sent again", async () => {
    const once = vi.fn(upload).mockRejectedValueOnce(new UnreachableError("no"));
    const wizard = await loaded(fake({ upload: once }));
    await wizard.send("settings.source", files);
    expect(wizard.draft?.changes).toBe(0);
    const sending = wizard.sendings.at("settings.source");
    if (sending) await wizard.sendAgain(sending);
    expect(wizard.draft?.settings["source"]).toBe("/uploads/u1/voice");
  });

  it("can be taken away again", async () => {
    const removeUpload = vi.fn(() => Promise.resolve());
    const wizard = await loaded(fake({ upload, removeUpload }));
    await wizard.send("settings.source", files);
    wizard.unsend("settings.source");
    expect(removeUpload).toHaveBeenCalledWith("u1");
    expect(wizard.draft?.settings["source"]).toBe("");
  });
});

describe("starting", () => {
  it("makes the job under its profile, and is done with the draft", async () => {
    const control = fake();
    const wizard = await loaded(control);
    const { draft } = wizard;
    if (!draft) throw new Error("no draft");
    draft.profile = profile;
    draft.set("settings.source", "/data");
    wizard.keep();
    expect((await wizard.start())?.id).toBe("20261122-first");
    expect(control.create).toHaveBeenCalledExactlyOnceWith(draft.job, {
      profile: "work",
    });
    wizard.keep();
    expect(wizard.drafts.mine()).toBeUndefined();
    sessionStorage.clear();
    expect((await loaded()).draft?.profile?.name).toBe("work"); // as it was last time
  });

  it("doesn't, while anything is wrong", async () => {
    const control = fake({ check: () => Promise.resolve(report(missing)) });
    const wizard = await loaded(control);
    wizard.look("start");
    expect(await wizard.start()).toBeUndefined();
    expect(control.create).not.toHaveBeenCalled();
    expect(wizard.form?.problems("settings.source")).toHaveLength(1);
    expect(wizard.starting).toBe(false);
  });

  describe("what is rented", () => {
    const plan = (confirm: string) =>
      vi.fn(() => Promise.resolve({ steps: [], remote: { confirm } }));

    async function rented(control: Control): Promise<Wizard> {
      const wizard = await loaded(control);
      if (wizard.draft) wizard.draft.compute = "cloud";
      wizard.look("start");
      return wizard;
    }

    it("waits until what could be lost was agreed to", async () => {
      const control = fake({ plan: plan("Results may be lost.") as unknown as Control["plan"] });
      const wizard = await rented(control);
      expect(await wizard.start()).toBeUndefined();
      expect([wizard.unagreed, wizard.form?.toAgree]).toEqual([true, "Results may be lost."]);
      expect(control.create).not.toHaveBeenCalled();
      if (wizard.form) wizard.form.agreed = true;
      expect((await wizard.start())?.id).toBe("20261122-first");
      expect(wizard.unagreed).toBe(false);
    });

    it("starts at once where nothing has to be agreed to", async () => {
      const control = fake({ plan: plan("") as unknown as Control["plan"] });
      expect((await (await rented(control)).start())?.id).toBe("20261122-first");
    });

    it("is not started while nobody can say what would be agreed to", async () => {
      const control = fake({ plan: () => Promise.reject(new UnreachableError("no")) });
      const wizard = await rented(control);
      expect(await wizard.start()).toBeUndefined();
      expect(wizard.refusal).toBeInstanceOf(UnreachableError);
      expect(control.create).not.toHaveBeenCalled();
    });

    it("is offered while one chooses where, and not before", async () => {
      vi.useFakeTimers();
      const control = fake();
      const wizard = await rented(control);
      await vi.advanceTimersByTimeAsync(1000);
      expect(control.offers).not.toHaveBeenCalled();
      wizard.look("where");
      await vi.advanceTimersByTimeAsync(1000);
      expect(control.offers).toHaveBeenCalledOnce();
      vi.useRealTimers();
    });
  });

  it("leads to the fields that the server refuses", async () => {
    const details = {
      type: "about:blank",
      title: "",
      status: 422,
      detail: "It can't be started.",
      code: "wrong",
      field: "",
      next_step: "",
      problems: [missing],
    };
    const create = () => Promise.reject(new ProblemError(details));
    const wizard = await loaded(fake({ create }));
    expect(await wizard.start()).toBeUndefined();
    expect(wizard.form?.problems("settings.source")).toEqual([missing]);
    expect(wizard.form?.errors).toHaveLength(1);
  });

  it("keeps the draft when nobody answers", async () => {
    const create = () => Promise.reject(new UnreachableError("no"));
    const wizard = await loaded(fake({ create }));
    wizard.draft?.set("settings.source", "/data");
    wizard.keep();
    expect(await wizard.start()).toBeUndefined();
    expect(wizard.refusal).toBeInstanceOf(UnreachableError);
    expect(wizard.drafts.mine()).toBeDefined();
  });

  it("starts once, however often it is pressed", async () => {
    const control = fake();
    const wizard = await loaded(control);
    await Promise.all([wizard.start(), wizard.start()]);
    expect(control.create).toHaveBeenCalledOnce();
  });
});
