import { describe, expect, it } from "vitest";
import { readFields } from "$lib/form/schema";
import type { JobDraft, Needs, Offer, Problem } from "../../types";
import catalogCases from "../golden/catalog.json?raw";
import needsCases from "../golden/needs.json?raw";
import offerCases from "../golden/offers.json?raw";
import { needsOf, type NeedsSaid } from "../site/needs";
import { siteForTests } from "../testing/site";
import { readGpus, tableCatalog, type Catalog, type CatalogGpu } from "./catalog";
import { limitWords } from "./limits";
import { candidates, centerOf, offersOf, settingProblems, unknownGpus } from "./offers";
import { podSettings, type Cloud, type PodSettings } from "./settings";

interface OfferCase {
  name: string;
  given: { settings: PodSettings; needs: Needs; catalog: Catalog };
  offers: Offer[];
  candidates: number[];
  limits: string;
  limits_plain: string;
  problems: Problem[];
}

const offers = (JSON.parse(offerCases) as OfferCase[]).map((each) => [each.name, each] as const);

describe("offers are those that Python finds", () => {
  it.each(offers)("%s", (_, { given, ...expected }) => {
    const { needs, settings, catalog } = given;
    const found = offersOf(needs, settings, catalog);
    expect(found).toEqual(expected.offers);
    const tried = candidates(settings, found);
    expect(tried.map((each) => found.indexOf(each))).toEqual(expected.candidates);
    expect(limitWords(settings, tried[0]?.dollars_an_hour ?? null)).toBe(expected.limits);
    expect(limitWords(settings)).toBe(expected.limits_plain);
    const prices = tableCatalog(siteForTests().prices);
    const problems = [
      ...settingProblems(needs, settings, prices),
      ...unknownGpus(settings, catalog),
    ];
    // The next step of a mistyped name is a guess at what was meant, which Python alone makes.
    const told = ({ code, field, sentence, severity }: Problem) => ({
      code,
      field,
      sentence,
      severity,
    });
    expect(problems.map(told)).toEqual(expected.problems.map(told));
  });
});

interface CatalogCase {
  name: string;
  given: { answer: unknown; cloud: Cloud };
  gpus: CatalogGpu[];
}

describe("a catalogue is read as Python reads it", () => {
  const known = (JSON.parse(catalogCases) as CatalogCase[]).map(
    (each) => [each.name, each] as const,
  );
  it.each(known)("%s", (_, { given, gpus }) => {
    expect(readGpus(given.answer, given.cloud)).toEqual(gpus);
  });
});

interface NeedsCase {
  name: string;
  recipe: string;
  given: {
    settings: JobDraft["settings"];
    compute: Record<string, unknown>;
    spare_gb: number;
  };
  needs: Partial<Needs>;
  disk: number;
}

describe("needs are those of Python's plan", () => {
  const { said, cases } = JSON.parse(needsCases) as {
    said: Readonly<Record<string, NeedsSaid>>;
    cases: NeedsCase[];
  };
  it.each(cases.map((each) => [each.name, each] as const))("%s", (_, each) => {
    const { given, needs, disk } = each;
    const recipeNeeds = said[each.recipe];
    if (!recipeNeeds) throw new Error(`nothing is said of ${each.recipe}`);
    const draft = {
      format: 1,
      recipe: "",
      name: "",
      settings: given.settings,
      compute: { ...given.compute, name: "runpod" },
      results: {},
    } satisfies JobDraft;
    expect(needsOf(draft, recipeNeeds)).toMatchObject(needs);
    const recipe = { image: "image", needs: recipeNeeds };
    expect(podSettings(draft, recipe, given.spare_gb).disk_gb).toBe(disk);
  });

  it("obeys each setting that the site offers", () => {
    const draft = { settings: {}, compute: { name: "runpod" } } as unknown as JobDraft;
    const [compute] = siteForTests().computes;
    const offered = readFields(compute?.schema ?? {}).map(({ name }) => name);
    const [recipe] = siteForTests().recipes;
    if (!recipe) throw new Error("the site has no recipe");
    expect(offered.sort()).toEqual(Object.keys(podSettings(draft, recipe, 0)).sort());
  });

  it("says which part of a need it can't read", () => {
    const said = { gpus: { tripled: [1] }, gpu_memory_gb: null, disk_gb: null, source: "" };
    const draft = { settings: {}, compute: { name: "runpod" } } as unknown as JobDraft;
    expect(() => needsOf(draft, said)).toThrow(/tripled/);
  });
});

describe("what is wrong with settings", () => {
  const [, one] = offers[0] ?? [];
  if (!one) throw new Error("there is no golden offer");
  const { settings, needs, catalog } = one.given;

  it("is that a volume is in the secure cloud alone, and that GPUs are too few", () => {
    const wrong = { ...settings, volume: "vol1", cloud: "community" as const };
    const codes = settingProblems({ ...needs, gpus: 2 }, wrong, catalog).map((each) => each.code);
    expect(codes).toEqual(["volume-cloud", "gpus"]);
  });

  it("warns of a GPU that is passed over, and refuses where all are", () => {
    const big = { ...needs, gpu_memory_gb: 40 };
    const two = { ...settings, gpus: ["RTX 4090", "NVIDIA A40"] };
    expect(settingProblems(big, two, catalog)).toMatchObject([
      { code: "gpu-memory", severity: "warning", field: "compute.gpus" },
    ]);
    const small = { ...settings, gpus: ["rtx 4090"] };
    expect(settingProblems(big, small, catalog)).toMatchObject([{ severity: "error" }]);
  });

  it("knows a mistyped GPU by a live catalogue alone", () => {
    const mistyped = { ...settings, gpus: ["RTX 4099"] };
    expect(unknownGpus(mistyped, catalog)).toMatchObject([
      { code: "gpu-unknown", severity: "error" },
    ]);
    expect(unknownGpus(mistyped, { ...catalog, source: "table" })).toEqual([]);
  });
});

describe("what was noted when the site was built", () => {
  const gpu = { id: "NVIDIA L4", name: "L4", memory_gb: 24, secure: null };
  const prices = {
    date: "2026-10-03",
    gpus: [{ ...gpu, community: { dollars: 0.44, noted: "late in 2026" } }],
  };

  it("is a catalogue without stock", () => {
    expect(tableCatalog(prices).gpus).toMatchObject([
      { cloud: "secure", dollars_an_hour: null, stock: "unknown" },
      { cloud: "community", dollars_an_hour: 0.44, date: "late in 2026" },
    ]);
  });

  it("ties a pod to its volume's data center", () => {
    const volumes = [{ id: "vol1", name: "", gb: 10, dataCenter: "EU-RO-1" }];
    const at = (volume: string) => centerOf({ volume } as PodSettings, volumes);
    expect([at("vol1"), at("vol2"), at("")]).toEqual(["EU-RO-1", "", ""]);
  });
});
