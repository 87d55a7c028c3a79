import { render, screen, within } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Offers } from "$lib/api/types";
import { cloud, here, recipe } from "$lib/form/example";
import { useLocale } from "$lib/format";
import { Checks } from "$lib/state/checks.svelte";
import { Draft } from "$lib/state/draft.svelte";
import { Form } from "../form.svelte";
import GpuField from "./GpuField.svelte";
import { offer } from "./offersForTests";

// The key's own row asks the server.
vi.mock("$lib/api", () => ({
  control: {
    secrets: () => Promise.resolve([{ name: "CLOUD_KEY", keeper: null, covered: null, about: "" }]),
  },
}));

const nobody = { check: vi.fn(), plan: vi.fn(), offers: vi.fn() };
const lists = { choices: vi.fn(), places: vi.fn() };
let draft: Draft;
let checks: Checks;

const found: Offers = {
  offers: [
    offer("small", "community", 0.1, { stock: "low" }),
    offer("big", "secure", 0.4, { dollars: 1.2 }),
    offer("tiny", "secure", 0.05, { fits: false, why: "has 6 GB, and the job needs 16 GB" }),
  ],
  source: "live",
  date: "",
  limits: "",
  problem: null,
};

beforeEach(() => {
  useLocale(["en"]);
  draft = new Draft(recipe, [here, cloud]);
  draft.compute = "cloud";
  checks = new Checks(nobody);
});

function show(offers: Offers | undefined) {
  checks.offers.answer = offers;
  const [field] = draft.fields.compute;
  if (!field) throw new Error("no field");
  render(GpuField, { field, form: new Form(draft, checks, lists, [here, cloud]) });
}

const chosen = () => draft.job.compute["gpus"];
const table = () => screen.getByRole("table", { name: "GPUs that fit" });

describe("offers", () => {
  it("say what each costs on each cloud, how many are free, and from where", () => {
    show(found);
    const [head, small, big] = within(table()).getAllByRole("row");
    expect(head?.textContent).toMatch(/Secure.*Community/s);
    expect(small?.textContent).toMatch(/small.*24 GB.*–.*\$0\.10\/h.*few free/s);
    expect(big?.textContent).toMatch(/big.*\$0\.40\/h.*≈ \$1\.20 in all.*many free.*–/s);
    expect(screen.getByText("Prices of The cloud, now")).toBeTruthy();
    expect(screen.getByText(/the cheapest that fits is taken, which is small/)).toBeTruthy();
  });

  it("that don't fit say why", () => {
    show(found);
    expect(within(table()).queryByText("tiny")).toBeNull();
    expect(screen.getByText("Has 6 GB, and the job needs 16 GB.")).toBeTruthy();
  });

  it("of a table say its day, and ask for the key", async () => {
    show({ ...found, source: "table", date: "2026-08-27" });
    expect(screen.getByText("Prices from a table of August 27, 2026")).toBeTruthy();
    expect(screen.getByText("No key of The cloud yet")).toBeTruthy();
    expect(screen.getByRole("link", { name: "Settings" }).getAttribute("href")).toBe(
      "/settings#secrets",
    );
    expect(await screen.findByRole("button", { name: "Give it: CLOUD_KEY" })).toBeTruthy();
  });

  it("of a table for another reason say that", () => {
    const problem = {
      sentence: "The key is not taken.",
      code: "key",
      field: "",
      next_step: "Make another.",
      severity: "error" as const,
      place: "",
    };
    show({ ...found, source: "table", date: "2026-08-27", problem });
    expect(screen.getByText("The key is not taken. Make another.")).toBeTruthy();
    expect(screen.queryByText("No key of The cloud yet")).toBeNull();
  });

  it("are nothing that fits, where that is so", () => {
    show({ ...found, offers: found.offers.slice(2) });
    expect(screen.getByText("No GPU that is offered fits this job.")).toBeTruthy();
  });

  it("leave the choice as it is while nobody knows them", () => {
    draft.set("compute.gpus", ["big"]);
    show(undefined);
    expect(screen.queryByRole("table")).toBeNull();
    expect(chosen()).toEqual(["big"]);
  });
});

describe("choosing", () => {
  it("adds one after the other, and the order can be changed by keys", async () => {
    const user = userEvent.setup();
    show(found);
    await user.click(screen.getByRole("checkbox", { name: "Use small" }));
    expect(screen.getByText(/Only this one is tried/)).toBeTruthy();
    await user.click(screen.getByRole("checkbox", { name: "Use big" }));
    expect(chosen()).toEqual(["small", "big"]);
    screen.getByRole("button", { name: "Move big, 2nd of 2" }).focus();
    await user.keyboard("{ArrowUp}");
    expect(chosen()).toEqual(["big", "small"]);
    expect(screen.getByText("big is now 1st of 2.")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Leave out big" }));
    expect(chosen()).toEqual(["small"]);
  });

  it("keeps one that is not offered any more, and says so", () => {
    draft.set("compute.gpus", ["gone", "big"]);
    show(found);
    expect(screen.getByText("Not in the list of what is offered.")).toBeTruthy();
  });
});
