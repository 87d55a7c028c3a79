import { describe, expect, it } from "vitest";
import type { JobDraft } from "../../types";
import type { Table } from "../common/reading";
import cases from "../golden/shown.json?raw";
import { siteForTests } from "../testing/site";
import type { FaceFile, FaceJob } from "./face";
import { newHandle, type Handle } from "./handle";
import { shown } from "./shown";
import { filesOf, rowOf, samplesOf, viewOf, type Known } from "./view";

interface Case {
  name: string;
  given: { handle: Handle & { segment: { log: number } }; pod: Table; started: number };
  state: Table;
}

const site = siteForTests();

describe("the state shown is Python's", () => {
  const known = (JSON.parse(cases) as Case[]).map((each) => [each.name, each] as const);
  it.each(known)("%s", (_, { given, state }) => {
    const { handle, pod, started } = given;
    expect(shown(handle, pod, started, site.hosts.console, handle.segment.log)).toEqual(state);
  });
});

const draft: JobDraft = {
  format: 1,
  recipe: "piper",
  name: "first",
  settings: {},
  compute: { name: "runpod" },
  results: { repository: "me/voice" },
};

function face(state: Table, more: Partial<FaceJob> = {}): FaceJob {
  return {
    id: "job",
    incarnation: "1",
    now: 0,
    deadline: null,
    state,
    sizes: { log: 12, metrics: 0, events: 0 },
    inputs: {},
    ended: false,
    collected: false,
    collect_until: null,
    ...more,
  };
}

const file = (path: string, more: Partial<FaceFile> = {}): FaceFile => ({
  path,
  bytes: 5,
  mtime_ns: 2e9,
  checkpoint: false,
  ...more,
});

function knownOf(more: Partial<Known> = {}): Known {
  const handle = newHandle("tuneyard-0badcafe-job", "token");
  Object.assign(handle, {
    phase: "running",
    pod: "p1",
    asked: 1,
    created: 10,
    dollars_an_hour: 3.6,
  });
  return {
    id: "job",
    draft,
    handle,
    started: 5,
    job: null,
    saw: 0,
    stopping: null,
    events: [],
    files: [],
    records: new Map(),
    attempts: [{ created: 5, overrides: {} }],
    ...more,
  };
}

describe("a job as a whole", () => {
  it("is known by its site before its pod says anything", () => {
    const view = viewOf(knownOf(), site, 20);
    expect(view).toMatchObject({ state: "preparing", phase: null, compute: "runpod", created: 5 });
    expect(view.steps.at(-1)).toMatchObject({ name: "push", state: "waiting" });
    expect(view.repository).toEqual({
      name: "me/voice",
      url: "https://huggingface.co/me/voice",
    });
    expect(view.pod).toMatchObject({ id: "p1", spent: 0.01 });
  });

  it("was asked to stop, here or elsewhere", () => {
    const stopping = (how: string) => face({ state: "training", stopping: { at: 5, how } });
    const seen = (more: Partial<Known>) => viewOf(knownOf(more), site, 20).stopping;
    expect(seen({ job: stopping("save") })).toBe("save");
    expect(seen({ job: stopping("save"), stopping: "now" })).toBe("now");
    expect(seen({ job: stopping("now"), stopping: "save" })).toBe("now");
    expect(seen({ job: face({ state: "training", stopping: null }), stopping: "save" })).toBe(
      "save",
    );
    expect(seen({ job: face({ state: "training", stopping: null }) })).toBeNull();
  });

  it("has the steps of the pod's own plan, each as its record says", () => {
    const step = (name: string, phase: string) => ({ name, title: name, phase });
    const steps = [step("one", "prepare"), step("two", "train"), step("three", "finish")];
    const records = new Map<string, Table>([
      ["plan.json", { steps }],
      ["steps/1.json", { exit: 0, started: 1, ended: 3.5, attempt: 7 }],
    ]);
    const job = face({ state: "training", phase: "train", step: { n: 2 } });
    const view = viewOf(knownOf({ records, job }), site, 20);
    expect(view.steps.map(({ state, seconds, attempt }) => [state, seconds, attempt])).toEqual([
      ["done", 2.5, 1],
      ["running", null, null],
      ["waiting", null, null],
    ]);
    records.set("steps/2.json", { exit: 1, started: 4, ended: 5 });
    const failed = viewOf(knownOf({ records, job: face({ state: "failed" }) }), site, 20);
    expect(failed.steps[1]?.state).toBe("failed");
    records.set("steps/2.json", { exit: null, started: 4, ended: 5 });
    expect(viewOf(knownOf({ records, job }), site, 20).steps[1]?.state).toBe("lost");
  });

  it("lists outputs and samples, and warnings as events told them", () => {
    const files = [file("outputs/voice.onnx"), file("samples/a/1.wav"), file("samples/a/x.json")];
    const events = [
      { t: 3, event: "warning", about: { title: "Push", cause: { sentence: "No." } } },
      { t: 4, event: "warning", about: { step: "card", exit: 2 } },
      { t: 5, event: "state", about: {} },
    ];
    const view = viewOf(knownOf({ files, events, job: face({ state: "training" }) }), site, 20);
    expect(view.outputs).toEqual([{ path: "outputs/voice.onnx", bytes: 5 }]);
    expect(view.samples).toEqual([{ path: "samples/a/1.wav", bytes: 5 }]);
    expect(view.sampled).toBe(true);
    expect(view.warnings).toEqual([
      { t: 3, title: "Push", sentence: "No.", next_step: "" },
      { t: 4, title: "card", sentence: "It ended with exit code 2.", next_step: "" },
    ]);
    expect(view.log.bytes).toBe(12);
  });

  it("advises settings only that the recipe has and takes", () => {
    const fix = { batch_size: "8", epochs: "0", moon: "1" };
    const cause = { code: "oom", sentence: "Out of memory.", next_step: "", fix };
    const handle = { ...knownOf().handle, phase: "gone" as const, ended: 30 };
    const view = viewOf(knownOf({ handle, job: face({ state: "failed", cause }) }), site, 40);
    expect(view).toMatchObject({ state: "failed", ended: 30, fix: { batch_size: "8" } });
    expect(view.cause?.sentence).toBe("Out of memory.");
  });

  it("says how it came out as soon as its pod does, which still costs", () => {
    const cause = { code: "oom", sentence: "Out of memory.", next_step: "Less.", fix: {} };
    const job = face({ state: "failed", cause }, { ended: true });
    const handle = { ...knownOf().handle, phase: "collecting" as const };
    const row = rowOf(knownOf({ handle, job }), site, 40);
    expect(row).toMatchObject({
      state: "finishing",
      outcome: "failed",
      ended: null,
      cause: { sentence: "Out of memory." },
      waiting: { for: "results" },
    });
    handle.phase = "gone" as never;
    const over = rowOf(knownOf({ handle, job }), site, 40);
    expect(over).toMatchObject({ state: "failed", outcome: null });
  });

  it("says what is sent, and is a row of the list too", () => {
    const handle = { ...knownOf().handle, upload: { sent: 1, bytes: 2 }, said: "" };
    const row = rowOf(knownOf({ handle, job: face({ state: "queued" }) }), site, 20);
    expect(row.waiting).toEqual({
      for: "inputs",
      before: 0,
      said: "",
      names: [],
      since: null,
      upload: { sent: 1, bytes: 2 },
    });
    expect(row).not.toHaveProperty("steps");
  });
});

describe("files", () => {
  it("are of a kind, by where they lie", () => {
    const files = [
      file("outputs/a"),
      file("samples/a/b"),
      file("work/x.ckpt", { checkpoint: true }),
      file("plan.json"),
    ];
    const kinds = filesOf(files).map(({ kind, modified }) => [kind, modified]);
    expect(kinds).toEqual([
      ["output", 2],
      ["sample", 2],
      ["checkpoint", 2],
      ["record", 2],
    ]);
  });

  it("that are samples say what was made, of those that are there", () => {
    const listing = file("samples/epoch-00004/samples.json");
    const noted = {
      epoch: 3,
      samples: [
        { file: "1.wav", text: "Hello", speaker: "", seconds: 1.5 },
        { file: "2.wav", text: "gone" },
      ],
    };
    expect(samplesOf(listing, noted, [file("samples/epoch-00004/1.wav")])).toEqual([
      {
        path: "samples/epoch-00004/1.wav",
        group: "epoch-00004",
        epoch: 4,
        text: "Hello",
        speaker: null,
        seconds: 1.5,
        silent: false,
        made: 2,
      },
    ]);
  });
});
