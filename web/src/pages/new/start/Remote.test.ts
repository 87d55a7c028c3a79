import { render, screen } from "@testing-library/svelte";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Offer, PlannedRemote } from "$lib/api/types";
import { cloud, here, recipe } from "$lib/form/example";
import { useLocale } from "$lib/format";
import { Checks } from "$lib/state/checks.svelte";
import { Draft } from "$lib/state/draft.svelte";
import { Form } from "../form.svelte";
import { offer } from "../where/offersForTests";
import Remote from "./Remote.svelte";

const nobody = { check: vi.fn(), plan: vi.fn(), offers: vi.fn() };
const lists = { choices: vi.fn(), places: vi.fn() };
const limits = "Ends itself after 6 h or $5.00. The network volume “caches” costs $7.00 a month.";

beforeEach(() => {
  useLocale(["en"]);
});

function show(first: Partial<Offer>) {
  const remote: PlannedRemote = {
    offers: [offer("big", "secure", 0.4, first)],
    source: "live",
    date: "",
    limits,
    problem: null,
    request: null,
    curl: "",
    inputs: [],
    secrets: [],
    results: "Brought here.",
    confirm: "",
  };
  const draft = new Draft(recipe, [here, cloud]);
  draft.compute = "cloud";
  const form = new Form(draft, new Checks(nobody), lists, [here, cloud]);
  render(Remote, { form, remote });
}

const first = () => screen.getByText("Tried first").nextElementSibling?.textContent;

describe("what would be rented", () => {
  it("costs so much for the whole job, by what was measured", () => {
    show({ dollars: 1.2, source: "Price: now. Length: 3 h, as job a measured." });
    expect(first()).toMatch(/big.*\$0\.40 an hour.*≈ \$1\.20 for the whole job/s);
    expect(first()).toContain("Length: 3 h, as job a measured.");
  });

  it("costs nobody knows how much where nobody measured it", () => {
    show({ dollars: null, source: "Price: now." });
    expect(first()).not.toContain("whole job");
  });

  it("says its limits, and what a volume costs besides", () => {
    show({});
    expect(screen.getByText(limits)).toBeTruthy();
  });
});
