// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { begin, draftOf, end, viewOf, visit } from "../testing/jobs";
import { until } from "../testing/visit";

beforeEach(() => begin());
afterEach(end);

describe("what was picked here", () => {
  const files = [
    { path: "voice/metadata.csv", file: new Blob(["a|b\n"]) },
    { path: "voice/.hidden", file: new Blob(["x"]) },
    { path: "voice/wav/1.wav", file: new Blob(["RIFF"]) },
  ];

  it("reaches the pod that waits for it, and stands in the job by its checksum", async () => {
    const { control, runpod } = visit;
    const { path } = await control.upload(files);
    const dataset = path ?? "";
    const { id } = await control.create(draftOf({ settings: { dataset } }));
    await until(
      () => runpod.faces.size,
      (size) => size > 0,
    );
    const env = runpod.made[0]?.["env"] as Record<string, string>;
    const job = JSON.parse(env["TUNEYARD_JOB"] ?? "") as {
      settings: { dataset: string };
      inputs: { sha256: string; bytes: number; name: string; kind: string }[];
    };
    const [input] = job.inputs;
    expect(input).toMatchObject({ name: "voice", kind: "folder" });
    expect(job.settings.dataset).toBe(`input:${input?.sha256 ?? ""}`);
    const { face } = runpod;
    const { sha256 = "", bytes = 0 } = input ?? {};
    face.inputs[sha256] = { bytes, data: new Uint8Array() };
    face.breakStreams();
    await until(
      () => face.inputs[sha256]?.data.length,
      (length) => length === bytes,
    );
    await until(viewOf(id), ({ waiting }) => !waiting);
  });

  it("stands in the row of a list that names it", async () => {
    const { path } = await visit.control.upload(files);
    const directories = [{ path: "hf:me/pictures" }, { path: path ?? "", mask_path: path ?? "" }];
    const draft = { ...draftOf({ settings: { directories } }), recipe: "diffusion-pipe" };
    const { remote } = await visit.control.plan(draft);
    expect(remote?.inputs.map(({ setting }) => setting)).toEqual([
      "directories.1.path",
      "directories.1.mask_path",
    ]);
    const env = (remote?.request?.["env"] ?? {}) as Record<string, string>;
    const told = JSON.parse(env["TUNEYARD_JOB"] ?? "") as { settings: typeof draft.settings };
    expect(told.settings["directories"]).toMatchObject([
      { path: "hf:me/pictures", mask_path: "" },
      { path: "input:<sha256>", mask_path: "input:<sha256>" },
    ]);
    const again = await visit.reload();
    const { problems } = await again.control.check(draft);
    expect(problems.map(({ field }) => field)).toEqual([
      "settings.directories.1.path",
      "settings.directories.1.mask_path",
    ]);
  });

  it("is described in a plan, and forgotten by a reload", async () => {
    const { path } = await visit.control.upload(files);
    const draft = draftOf({ settings: { dataset: path ?? "" } });
    const { remote } = await visit.control.plan(draft);
    expect(remote?.inputs).toMatchObject([{ setting: "dataset", files: 3, bytes: 9 }]);
    const again = await visit.reload();
    const { ok, problems } = await again.control.check(draft);
    expect([ok, problems.map(({ field }) => field)]).toEqual([false, ["settings.dataset"]]);
  });
});
