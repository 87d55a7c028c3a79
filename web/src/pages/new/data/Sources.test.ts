import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Control } from "$lib/api/control";
import { pictures } from "$lib/form/example";
import { here } from "$lib/form/example";
import type { Problem, Upload } from "$lib/api/types";
import { Wizard } from "../wizard.svelte";
import Data from "./Data.svelte";

const report = { ok: true, problems: [] as Problem[], not_checked: [], facts: {} };

async function shown(problems: readonly Problem[] = []) {
  const control = {
    recipes: () => Promise.resolve([{ ...pictures, presets: [], demo: false }]),
    recipe: () => Promise.resolve(pictures),
    profiles: () => Promise.resolve([]),
    computes: () => Promise.resolve([here]),
    system: () => Promise.reject(new Error("nobody asks")),
    check: vi.fn(() => Promise.resolve({ ...report, problems: [...problems] })),
    plan: vi.fn(() => Promise.resolve({ steps: [] })),
    upload: () => Promise.resolve({ id: "u1", path: "/uploads/u1/dropped" } as Upload),
    removeUpload: vi.fn(() => Promise.resolve()),
    places: () => Promise.resolve([]),
  } as unknown as Control;
  const wizard = new Wizard(control);
  await wizard.load();
  const { form } = wizard;
  if (!form) throw new Error("no form");
  render(Data, { wizard, form });
  return { wizard, form, user: userEvent.setup() };
}

const row = (number: number) => screen.getByRole("region", { name: `Folder ${number}` });
const folder = (number: number) => within(row(number)).getByRole("combobox", { name: "Path" });

beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

describe("a list of sources", () => {
  it("begins with one row to be filled in, which is no part of the job before it is", async () => {
    const { form, user } = await shown();
    expect(form.draft.changes).toBe(0);
    expect(screen.queryByRole("button", { name: "Remove folder 1" })).toBeNull();
    await user.type(folder(1), "/a");
    expect(form.draft.job.settings["folders"]).toEqual([{ path: "/a", repeats: null, mask: "" }]);
  });

  it("offers no .zip where the trainer takes a folder alone", async () => {
    await shown();
    expect(within(row(1)).getByText("Choose a folder")).toBeVisible();
    expect(within(row(1)).queryByText("Choose a .zip")).toBeNull();
  });

  it("has as many rows as one likes, each with what is set for it alone", async () => {
    const { form, user } = await shown();
    await user.type(folder(1), "/a");
    await user.click(screen.getByRole("button", { name: "Another folder" }));
    await user.type(folder(2), "/b");
    const repeats = within(row(2)).getByRole("spinbutton", { name: "Repeats" });
    expect(repeats).toHaveAttribute("placeholder", "3"); // as is set for all
    await user.type(repeats, "5");
    await user.click(screen.getByRole("button", { name: "Remove folder 1" }));
    expect(form.value("settings.folders")).toEqual([{ path: "/b", repeats: 5, mask: "" }]);
  });

  it("takes files for one row, and keeps them there when another goes", async () => {
    const { wizard, form, user } = await shown();
    await user.type(folder(1), "/a");
    await user.click(screen.getByRole("button", { name: "Another folder" }));
    const files = [{ path: "dropped/1.png", file: new File(["x"], "1.png") }];
    await wizard.send("settings.folders.1.path", files);
    expect(form.value("settings.folders.1.path")).toBe("/uploads/u1/dropped");
    expect(within(row(2)).getByRole("status")).toHaveTextContent("dropped was copied");
    await user.click(screen.getByRole("button", { name: "Remove folder 1" }));
    expect(folder(1)).toHaveValue("/uploads/u1/dropped");
    expect(within(row(1)).getByRole("status")).toHaveTextContent("dropped was copied");
  });

  it("says what is wrong at the field of the row, once it was left", async () => {
    const wrong: Problem = {
      sentence: "There is no folder /b.",
      code: "folder-missing",
      field: "folders.1.path",
      next_step: "",
      severity: "error",
      place: "",
    };
    const { wizard, form, user } = await shown([wrong]);
    form.set("settings.folders", [{ path: "/a" }, { path: "/b" }]);
    wizard.look("data");
    await form.checks.rules.settled();
    form.begin();
    await user.click(folder(2));
    expect(screen.queryByText(wrong.sentence)).toBeNull();
    await user.tab();
    expect(within(row(2)).getByText(wrong.sentence)).toBeInTheDocument();
    expect(folder(2)).toBeInvalid();
    expect(folder(1)).toBeValid();
    expect(form.titleOf("settings.folders.1.path")).toBe("Folder 2: Path");
  });

  it("folds what not everybody needs, and opens it where something is in it", async () => {
    const { form } = await shown();
    const fold = () => screen.getByText("Held back", { selector: "summary" }).closest("details");
    expect(fold()?.open).toBe(false);
    form.set("settings.held_back", [{ path: "/c", repeats: null, mask: "" }]);
    await vi.waitFor(() => {
      expect(fold()?.open).toBe(true);
    });
  });
});
