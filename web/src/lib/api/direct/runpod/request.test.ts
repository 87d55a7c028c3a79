import { describe, expect, it } from "vitest";
import { ProblemError } from "../../problem";
import type { JobDraft, Offer } from "../../types";
import { bytesOf } from "../common/words";
import cases from "../golden/requests.json?raw";
import {
  buildRequest,
  curl,
  encoded,
  masked,
  secretsIn,
  type Asked,
  type ManifestEntry,
  type PodRequest,
  type RequestRecipe,
} from "./request";

interface Case {
  name: string;
  given: {
    draft: JobDraft;
    id: string;
    offer: Offer;
    now: number;
    token: string;
    secrets: Record<string, string>;
    origins: string[];
    home: string;
    manifest: ManifestEntry[];
    replaced: Record<string, string>;
    site: {
      recipe: RequestRecipe;
      spare_gb: number;
      program: string;
      boot: string;
      runpod: string;
    };
  };
  request: PodRequest;
  size: number;
}

const known = JSON.parse(cases) as Case[];

function askedOf({ given }: Case): Asked {
  const { site, ...rest } = given;
  return {
    ...rest,
    recipe: site.recipe,
    spare: site.spare_gb,
    program: site.program,
    boot: site.boot,
    runpod: site.runpod,
    port: 8471,
  };
}

/** A request with the JSON in it parsed: the order of its keys says nothing. */
function opened(request: PodRequest) {
  const { TUNEYARD_JOB = "null", ...env } = request.env;
  return {
    ...request,
    env: { ...env, TUNEYARD_JOB: JSON.parse(TUNEYARD_JOB) as unknown },
    args: JSON.parse(request.args) as unknown,
  };
}

describe("a request is what Python builds of the same job", () => {
  it.each(known.map((each) => [each.name, each] as const))("%s", (_, each) => {
    const request = buildRequest(askedOf(each));
    expect(opened(request)).toEqual(opened(each.request));
    expect(bytesOf(encoded(request))).toBe(each.size);
  });
});

function first(): Asked {
  const [one] = known;
  if (!one) throw new Error("there is no golden request");
  return askedOf(one);
}

describe("what is shown of a request", () => {
  it("has no secret in it, and notes the program", () => {
    const request = buildRequest({ ...first(), program: "x".repeat(1234) });
    const secrets = secretsIn(request);
    expect(secrets).toContain(first().token);
    expect(secrets).toContain(first().secrets["HF_TOKEN"]);
    const shown = JSON.stringify(masked(request)) + curl(request);
    for (const secret of secrets) expect(shown).not.toContain(secret);
    expect(masked(request).env["TUNEYARD_PROGRAM"]).toContain("1,234 bytes");
    expect(curl(request)).toContain(`'"\${HF_TOKEN}"'`);
  });

  it("leads the pod to a Hub of the site's own, and shows where", () => {
    const hub = "https://hub.example.org";
    const request = buildRequest({ ...first(), hub });
    expect(masked(request).env["HF_ENDPOINT"]).toBe(hub);
    expect(secretsIn(request)).not.toContain(hub);
    const usual = buildRequest({ ...first(), hub: "https://huggingface.co" });
    expect(usual.env).not.toHaveProperty("HF_ENDPOINT");
  });

  it("names the data center of its volume, and no other", () => {
    const draft = { ...first().draft, compute: { ...first().draft.compute, volume: "vol1" } };
    const request = buildRequest({ ...first(), draft, center: "eu-ro-1" });
    expect(request).toMatchObject({
      dataCenterIds: ["EU-RO-1"],
      mounts: { network: [{ volumeId: "vol1", path: "/workspace" }] },
    });
  });

  it("shows a reference to a secret of RunPod's as it is", () => {
    const reference = "{{ RUNPOD_SECRET_hf }}";
    const request = buildRequest({ ...first(), secrets: { HF_TOKEN: reference } });
    expect(masked(request).env["HF_TOKEN"]).toBe(reference);
    expect(secretsIn(request)).not.toContain(reference);
  });
});

describe("a request that RunPod would not take", () => {
  it("is refused, with what is so large", () => {
    const request = buildRequest({ ...first(), program: "ü".repeat(50_000) });
    expect(() => encoded(request)).toThrow(/may have 99,999.*100,000 of TUNEYARD_PROGRAM/);
  });

  it("is refused where it has too many variables", () => {
    const many = Array.from({ length: 50 }, (_, n) => [`V${n}`, "x"]);
    const request = buildRequest(first());
    Object.assign(request.env, Object.fromEntries(many));
    expect(() => encoded(request)).toThrow(ProblemError);
  });

  it("never carries the account's key, or another value for a name of ours", () => {
    const recipe = { ...first().recipe, secret_settings: ["secrets"] };
    const draft = { ...first().draft, settings: { secrets: ["MINE=RUNPOD_API_KEY"] } };
    const secrets = { RUNPOD_API_KEY: "rpa_canary" };
    expect(() => buildRequest({ ...first(), recipe, draft, secrets })).toThrow(/RUNPOD_API_KEY/);
    expect(JSON.stringify(buildRequest({ ...first(), secrets }))).not.toContain("rpa_canary");
  });
});
