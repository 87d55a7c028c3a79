// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { JobDraft, Problem, Report } from "../../types";
import * as keys from "../common/keys";
import { check } from "../drafts/checking";
import cases from "../golden/datasets.json?raw";
import type { Site } from "../site/site";
import { TestHub, type TestRepository } from "../testing/hub";
import { siteForTests } from "../testing/site";
import { Looking } from "./looking";

vi.setConfig({ testTimeout: 30_000 });

const CLIPS = {
  "README.md": "# Clips",
  ".gitattributes": "*.wav",
  "metadata.csv": "1|One.\n2|Two.\n3|Three.\n",
  "wavs/1.wav": "sound",
  "wavs/2.wav": "sound",
  "wavs/3.wav": "sound",
};

let hub: TestHub;
let site: Site;
let looking: Looking;

beforeEach(async () => {
  hub = await TestHub.start();
  site = siteForTests({ hub: hub.address });
  looking = new Looking(site, (...words) => fetch(...words));
  hub.tokens.set("hf_mine", { owner: "me" });
  hub.tokens.set("hf_writes", { owner: "me", writes: true });
  hub.tokens.set("hf_other", { owner: "other", writes: true });
  keys.forgetAll();
});
afterEach(async () => {
  keys.forgetAll();
  await hub.close();
});

interface More {
  recipe?: string;
  settings?: Record<string, unknown>;
  results?: Record<string, unknown>;
  data?: boolean;
  signal?: AbortSignal;
}

/** What a check says of a voice, beside what it says of every voice. */
async function looked({
  recipe = "piper",
  settings,
  results = {},
  data = true,
  signal,
}: More = {}): Promise<Report> {
  const draft: JobDraft = {
    format: 1,
    recipe,
    name: "",
    settings: { ...(recipe === "piper" ? { dataset: "hf:me/clips" } : {}), ...settings },
    compute: { name: "runpod" },
    results,
  };
  const given = { site, picked: () => false, looking, data, signal };
  const report = await check(draft, given);
  return { ...report, not_checked: report.not_checked.slice(1) };
}

const at = (problems: readonly Problem[]) =>
  problems.map(({ code, field, place }) => [code, field, place].filter(Boolean).join(" "));

describe("a list of datasets on the Hub", () => {
  const pictures = (settings: Record<string, unknown>) =>
    looked({
      recipe: "diffusion-pipe",
      settings: { model: "sdxl", checkpoint_path: "hf:me/sdxl/model.safetensors", ...settings },
    });

  beforeEach(() => {
    hub.add("datasets/me/pictures", { "1.png": "png", "1.txt": "one", "more/2.png": "png" });
    hub.add("models/me/sdxl", { "model.safetensors": "weights", "unet/model.safetensors": "" });
  });

  it("is told of in one table", async () => {
    const directories = [{ path: "hf:me/pictures" }, { path: "hf:me/pictures/more" }];
    const { ok, facts, not_checked } = await pictures({ directories });
    expect(ok).toBe(true);
    expect(facts["tables"]).toMatchObject([
      {
        rows: [
          ["hf:me/pictures", 3, "9 B", "public"],
          ["hf:me/pictures/more", 1, "3 B", "public"],
        ],
      },
    ]);
    expect(not_checked).toHaveLength(1); // once, however many rows it is about
  });

  it("has its problems at the field of the row", async () => {
    const directories = [{ path: "hf:me/pictures" }, { path: "hf:me/gone" }, { path: "" }];
    const evaluation = [{ name: "held back", path: "hf:me/pictures/nothing" }];
    const { problems } = await pictures({ directories, evaluation });
    expect(at(problems).sort()).toEqual([
      "dataset-missing settings.directories.2.path",
      "hub-empty settings.evaluation.0.path",
      "hub-missing settings.directories.1.path",
    ]);
  });

  it("without a row is missing", async () => {
    const { problems } = await pictures({ directories: [] });
    expect(at(problems)).toEqual(["dataset-missing settings.directories"]);
  });

  it.each([
    ["hf:me/sdxl/model.safetensors", []],
    ["hf:me/sdxl@v1/unet", []],
    ["hf:me/sdxl/other.safetensors", ["hub-file settings.checkpoint_path"]],
    ["hf:me/none/model.safetensors", ["hub-missing settings.checkpoint_path"]],
    ["hf:sdxl", ["model-name settings.checkpoint_path"]],
  ])("goes with a model: %s", async (checkpoint_path, found) => {
    const directories = [{ path: "hf:me/pictures" }];
    expect(at((await pictures({ checkpoint_path, directories })).problems)).toEqual(found);
  });
});

describe("a dataset on the Hub", () => {
  it("is told of, with its first lines", async () => {
    hub.add("datasets/me/clips", CLIPS);
    expect(await looked()).toEqual({
      ok: true,
      problems: [],
      not_checked: ["The sound itself: the pod listens to it."],
      facts: {
        visibility: "public",
        files: 5,
        bytes: 45,
        sound_files: "3 .wav",
        clips: 3,
        "metadata.csv": ["1|One.", "2|Two.", "3|Three."],
      },
    });
  });

  it("has its problems at the lines that have them", async () => {
    hub.add("datasets/me/clips", { ...CLIPS, "metadata.csv": "1|One.\n4|Four.\n2|\n" });
    const { ok, problems } = await looked();
    expect(ok).toBe(false);
    expect(at(problems)).toEqual([
      "text-empty settings.dataset metadata.csv:3",
      "audio-missing settings.dataset metadata.csv:2",
    ]);
  });

  it("is held to what the settings say of it", async () => {
    hub.add("datasets/me/clips", CLIPS);
    const { problems } = await looked({ settings: { speakers: "several" } });
    expect(at(problems)).toEqual(["speakers-missing settings.speakers metadata.csv:1"]);
  });

  it("is looked at in its revision", async () => {
    hub.add("datasets/me/clips", CLIPS);
    expect(await looked({ settings: { dataset: "hf:me/clips@v1" } })).toMatchObject({ ok: true });
    const { problems } = await looked({ settings: { dataset: "hf:me/clips@v2" } });
    expect(at(problems)).toEqual(["hub-revision settings.dataset"]);
  });

  it("may have more lines than are read", async () => {
    const lines = [...Array(9000).keys()].map((n) => `${(n % 3) + 1}|Text number ${n}.\n`);
    hub.add("datasets/me/clips", { ...CLIPS, "metadata.csv": lines.join("") });
    const { facts, problems, not_checked } = await looked();
    expect(facts).not.toHaveProperty("clips");
    expect(not_checked[0]).toMatch(/^metadata\.csv behind its first [23],\d\d\d lines/);
    expect(problems).toHaveLength(21); // the first twenty of a kind, and how many more
    expect(problems.at(-1)?.sentence).toMatch(/^… and [23],\d\d\d more like this\.$/);
  });

  it.each<[string, TestRepository["files"], string[]]>([
    ["nothing", { ".gitattributes": "" }, ["hub-empty settings.dataset"]],
    ["no clips", { "metadata.csv": "1|One.\n" }, ["hub-no-clips settings.dataset"]],
    ["several archives", { "a.zip": "", "b.zip": "" }, ["hub-archives settings.dataset"]],
    ["Parquet files", { "data/1.parquet": "" }, ["hub-parquet settings.dataset"]],
    ["no list", { "1.wav": "", "notes.txt": "Notes" }, ["metadata-missing settings.dataset"]],
    [
      "two lists",
      { "1.wav": "", "one.txt": "1|One.\n", "two.txt": "1|Two.\n" },
      ["metadata-several settings.dataset"],
    ],
  ])("with %s can't be used", async (_, files, problems) => {
    hub.add("datasets/me/clips", files);
    expect(at((await looked()).problems)).toEqual(problems);
  });

  it("in an archive is seen in the pod, with what lies beside it seen now", async () => {
    hub.add("datasets/me/clips", { "voice.zip": "PK" });
    expect(await looked()).toMatchObject({
      ok: true,
      not_checked: ["What is inside voice.zip: it is seen when the pod has unpacked it."],
    });
    hub.add("datasets/me/more", { "voice.zip": "PK", "metadata.csv": "1|One.\n2|\n" });
    const { problems } = await looked({ settings: { dataset: "hf:me/more" } });
    expect(at(problems)).toEqual(["text-empty settings.dataset metadata.csv:2"]);
  });

  it("has the list that the trainer's own step finds", async () => {
    const golden = JSON.parse(cases) as { name: string; given: Record<string, unknown> }[];
    for (const { name, given } of golden.filter((each) => each.name.endsWith(", single"))) {
      const { files, list, text } = given as { files: string[]; list: string; text: string };
      if (!files.some((file) => /\.wav$/i.test(file))) continue;
      const content = files.map((file) => [file, file === list ? text : ""] as const);
      hub.add(
        `datasets/me/${encodeURIComponent(name).replaceAll(/\W/g, "-")}`,
        Object.fromEntries(content),
      );
    }
    for (const [name, { files }] of hub.repositories) {
      const { facts, problems } = await looked({
        settings: { dataset: `hf:${name.replace("datasets/", "")}` },
      });
      const named = Object.keys(facts).some((fact) => /\.(csv|txt)$/i.test(fact));
      const isListed = Object.keys(files).some((file) =>
        /(metadata\.csv|transcript\.txt|voice\.txt)$/i.test(file),
      );
      const found = named || problems.some(({ place }) => place !== "");
      expect([name, found]).toEqual([name, isListed]);
    }
  });

  it.each(["hf:clips", "hf:me/clips/data", "hf:me clips/x"])(
    "can't be called %s",
    async (dataset) => {
      const { problems } = await looked({ settings: { dataset } });
      expect(at(problems)).toEqual(["dataset-name settings.dataset"]);
      expect(hub.asked).toEqual([]);
    },
  );

  it("has to be named, or picked", async () => {
    const { problems } = await looked({ settings: { dataset: "" }, data: false });
    expect(at(problems)).toEqual(["dataset-missing settings.dataset"]);
  });
});

describe("who may see it", () => {
  it("is said of a private one, and by which token", async () => {
    hub.add("datasets/me/clips", CLIPS, { private: true });
    const { problems } = await looked();
    expect(at(problems)).toEqual(["hub-missing settings.dataset"]);
    expect(problems[0]?.next_step).toContain("HF_READ_TOKEN");
    keys.keep("HF_TOKEN", "hf_mine");
    expect(await looked()).toMatchObject({
      ok: true,
      facts: { visibility: "private, HF_TOKEN may read it" },
    });
    keys.keep("HF_READ_TOKEN", "hf_other"); // is used before the other
    const [refused] = (await looked()).problems;
    expect(refused).toMatchObject({ code: "hub-missing", field: "settings.dataset" });
    expect(refused?.sentence).toContain("HF_READ_TOKEN may not see it");
  });

  it("is said of one that has to be asked for", async () => {
    hub.add("datasets/me/clips", CLIPS, { gated: true });
    keys.keep("HF_READ_TOKEN", "hf_other");
    const { problems } = await looked();
    expect(at(problems)).toEqual(["hub-gated settings.dataset"]);
    expect(problems[0]?.next_step).toContain(`${hub.address}/datasets/me/clips`);
    keys.keep("HF_READ_TOKEN", "hf_mine");
    expect(await looked()).toMatchObject({ ok: true });
  });

  it("nobody knows with a token that the Hub doesn't", async () => {
    hub.add("datasets/me/clips", CLIPS);
    keys.keep("HF_READ_TOKEN", "hf_old");
    const { problems } = await looked();
    expect(at(problems)).toEqual(["hub-token settings.dataset"]);
    expect(JSON.stringify(problems)).not.toContain("hf_old");
  });
});

describe("what the Hub doesn't answer", () => {
  it("is listed as not checked", async () => {
    hub.on("GET /api/datasets/me/clips", () => ({ status: 503 }));
    const { ok, problems, not_checked } = await looked();
    expect([ok, problems]).toEqual([true, []]);
    expect(not_checked).toEqual([
      "Of the dataset me/clips: the Hub has trouble of its own (HTTP 503). Look again later.",
    ]);
    hub.add("datasets/me/clips", CLIPS);
    hub.on("GET /api/datasets/me/clips", () => ({ json: { sha: "main" } }));
    expect((await looked()).facts).toMatchObject({ clips: 3 }); // asked again at once
  });

  it("is listed as not checked where the browser doesn't let the page ask", async () => {
    looking = new Looking(site, () => Promise.reject(new TypeError("Failed to fetch")));
    const { ok, not_checked } = await looked({ settings: { base: "en_US/lessac/medium" } });
    expect(ok).toBe(true);
    expect(not_checked).toHaveLength(2);
    for (const sentence of not_checked) expect(sentence).toContain("gives this page no answer");
  });

  it("leaves what was learnt before", async () => {
    hub.add("datasets/me/clips", CLIPS);
    hub.on("GET /datasets/me/clips/*", () => ({ status: 502 }));
    const { facts, not_checked } = await looked();
    expect(facts).toMatchObject({ files: 5, sound_files: "3 .wav" });
    expect(not_checked[0]).toContain("HTTP 502");
  });
});

describe("the same question", () => {
  it("is asked once a minute, whatever else is typed", async () => {
    hub.add("datasets/me/clips", CLIPS);
    await Promise.all([looked(), looked({ settings: { epochs: 7 } })]);
    const asked = hub.asked.length;
    await looked({ settings: { speakers: "several" } });
    await looked({ settings: { dataset: "hf:me/none" } });
    await looked({ settings: { dataset: "hf:me/none" } });
    expect(hub.asked.length).toBe(asked + 1);
  });

  it("is asked again with another token", async () => {
    hub.add("datasets/me/clips", CLIPS);
    await looked();
    const asked = hub.asked.length;
    keys.keep("HF_TOKEN", "hf_mine");
    await looked();
    expect(hub.asked.length).toBe(2 * asked);
  });

  it("ends with who asked it", async () => {
    const gone = new AbortController();
    let cut = false;
    hub.on("GET /api/datasets/me/clips", () => (response) => {
      response.on("close", () => {
        cut = true;
      });
      gone.abort();
    });
    await expect(looked({ signal: gone.signal })).rejects.toMatchObject({ name: "AbortError" });
    await vi.waitFor(() => {
      expect(cut).toBe(true);
    });
  });
});

describe("a base", () => {
  const PLACE = "datasets/rhasspy/piper-checkpoints";
  const FILE = "en/en_US/lessac/medium/epoch=2164-step=1355540.ckpt";
  const base = async (value: string) => {
    hub.add("datasets/me/clips", CLIPS);
    return looked({ settings: { base: value } });
  };

  it("of the list is there, and so large", async () => {
    hub.add(PLACE, { [FILE]: "x".repeat(1234) });
    const { ok, facts } = await base("en_US/lessac/medium");
    expect(ok).toBe(true);
    expect(Object.values(facts)).toContain("epoch=2164-step=1355540.ckpt, 1.2 kB");
    expect(await base("en_us/LESSAC/medium")).toMatchObject({ ok: true });
  });

  it("is nowhere", async () => {
    hub.add(PLACE, {});
    expect(at((await base("en_US/lessac/medium")).problems)).toEqual(["hub-file settings.base"]);
    expect(at((await base("en_US/nobody/medium")).problems)).toEqual([
      "base-unknown settings.base",
    ]);
  });

  it("by its address on the Hub is there", async () => {
    hub.add("models/me/voice", { "last one.ckpt": "x" }, { private: true });
    const address = "https://huggingface.co/me/voice/blob/main/last%20one.ckpt";
    expect(at((await base(address)).problems)).toEqual(["hub-missing settings.base"]);
    keys.keep("HF_BASE_TOKEN", "hf_mine");
    expect(at((await base(address)).problems)).toEqual([]);
    expect(at((await base(`${hub.address}/me/voice/resolve/main/x.ckpt`)).problems)).toEqual([
      "hub-file settings.base",
    ]);
  });

  it("elsewhere is not asked for", async () => {
    const { ok, not_checked } = await base("https://voices.example/x.ckpt");
    expect(ok).toBe(true);
    expect(not_checked[1]).toContain("voices.example");
  });
});

describe("where results are pushed", () => {
  const results = { repository: "me/voice" };
  const pushed = () => looked({ results, settings: { dataset: "picked:1/x" }, data: false });
  const problemsOf = async () =>
    at((await pushed()).problems).filter((each) => each.includes("results"));

  it("waits for a token", async () => {
    const { not_checked } = await pushed();
    expect(not_checked).toEqual([
      "Whether results may be pushed to me/voice: give a token that may write as HF_WRITE_TOKEN.",
    ]);
    expect(hub.asked).toEqual([]);
  });

  it("takes a token that may write there, or make it", async () => {
    keys.keep("HF_TOKEN", "hf_writes");
    expect(await problemsOf()).toEqual([]);
    expect((await pushed()).facts).toEqual({ results: "HF_TOKEN may make me/voice" });
    keys.keep("HF_WRITE_TOKEN", "hf_writes");
    hub.add("models/me/voice", {});
    expect((await pushed()).facts).toEqual({ results: "HF_WRITE_TOKEN may write to me/voice" });
  });

  it("refuses one that may only read, is somebody else's, or nobody's", async () => {
    keys.keep("HF_WRITE_TOKEN", "hf_mine");
    expect(await problemsOf()).toEqual(["hub-missing results.repository"]);
    hub.add("models/me/voice", {});
    keys.keep("HF_WRITE_TOKEN", "hf_other");
    expect(await problemsOf()).toEqual(["hub-right results.repository"]);
    keys.keep("HF_WRITE_TOKEN", "hf_old");
    expect(await problemsOf()).toEqual(["hub-token results.repository"]);
  });

  it("takes a token for this repository alone", async () => {
    hub.tokens.set("hf_fine", { owner: "me", writes: true, only: ["me/voice"] });
    hub.add("models/me/voice", {});
    keys.keep("HF_WRITE_TOKEN", "hf_fine");
    expect(await problemsOf()).toEqual([]);
  });
});
