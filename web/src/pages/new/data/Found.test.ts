import { render, screen } from "@testing-library/svelte";
import { describe, expect, it, vi } from "vitest";
import type { Report } from "$lib/api/types";
import { cloud, here, recipe } from "$lib/form/example";
import { Checks } from "$lib/state/checks.svelte";
import { Draft } from "$lib/state/draft.svelte";
import { Form } from "../form.svelte";
import Found from "./Found.svelte";

async function show(more: Partial<Report>) {
  const report: Report = { ok: true, problems: [], not_checked: [], facts: { clips: 3 }, ...more };
  const check = vi.fn((_: unknown, how?: { data?: boolean }) =>
    Promise.resolve(how?.data ? report : { ...report, not_checked: [], facts: {} }),
  );
  const draft = new Draft(recipe, [here, cloud]);
  const checks = new Checks({ check, plan: vi.fn(), offers: vi.fn() });
  const form = new Form(draft, checks, { choices: vi.fn(), places: vi.fn() }, [here, cloud]);
  checks.data.ask({ job: draft.job, profile: "" });
  await checks.data.settled();
  render(Found, { form, named: true, look: vi.fn() });
}

describe("what a look through the data found", () => {
  it("is good where all was looked at", async () => {
    await show({});
    expect(screen.getByRole("status").textContent).toContain("Nothing is wrong with it.");
  });

  it("is no more than what was looked at, where not all was", async () => {
    await show({ not_checked: ["The sound itself: the pod listens to it."] });
    expect(screen.getByRole("status").textContent).toContain(
      "Nothing is wrong in what was looked at.",
    );
    expect(screen.getByText(/the pod listens to it/)).toBeTruthy();
  });
});
