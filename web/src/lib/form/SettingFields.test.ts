import { render, screen, within } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { describe, expect, it, vi } from "vitest";
import type { Problem, Schema } from "$lib/api/types";
import { Draft } from "$lib/state/draft.svelte";
import { recipe } from "./example";
import type { FormHost } from "./host";
import { isWithin } from "./places";
import SettingFields from "./SettingFields.svelte";

function problem(field: string): Problem {
  return { sentence: "So not.", code: "x", field, next_step: "", severity: "error", place: "" };
}

function shown(wrong: readonly string[] = [], of = recipe) {
  const draft = new Draft(of);
  const left = vi.fn();
  const form: FormHost = {
    value: (path) => draft.value(path),
    set: (path, value) => {
      draft.set(path, value);
    },
    origin: (path) => draft.origin(path),
    default: (path) => draft.default(path),
    changed: (path) => draft.changed(path),
    problems: (path) => (wrong.includes(path) ? [problem(path)] : []),
    within: (path) => wrong.filter((place) => isWithin(place, path)).map(problem),
    enter: vi.fn(),
    leave: left,
    choices: () => undefined,
    places: () => Promise.resolve([]),
  };
  render(SettingFields, { fields: draft.fields.settings, table: "settings", form });
  return { draft, left, user: userEvent.setup() };
}

const folded = (summary: string) => {
  const details = screen.getByText(summary).closest("details");
  if (!details) throw new Error("not folded");
  return details;
};

describe("SettingFields", () => {
  it("has basic fields in sight, and folds the rest with its number", () => {
    shown();
    expect(screen.getByRole("combobox", { name: "Source" })).toBeVisible();
    expect(folded("Advanced").open).toBe(false);
    expect(folded("Advanced").textContent).toContain("(6)");
    expect(folded("Expert").textContent).toContain("(1)");
  });

  it("opens where a problem lies, and says how many", () => {
    shown(["settings.speed"]);
    expect(folded("Expert").open).toBe(true);
    expect(folded("Advanced").open).toBe(false);
    expect(within(folded("Expert")).getByText("1 problem")).toBeVisible();
    expect(screen.getByRole("spinbutton", { name: "Speed" })).toBeInvalid();
  });

  it("gives each kind its control, and an unknown widget that of its type", async () => {
    const { draft, user } = shown();
    await user.type(screen.getByRole("combobox", { name: "Source" }), "/data");
    await user.click(screen.getByRole("radio", { name: "square" }));
    const corners = screen.getByRole("spinbutton", { name: "Corners" });
    await user.clear(corners);
    await user.type(corners, "7");
    await user.click(screen.getByRole("switch", { name: "Aloud" }));
    await user.click(screen.getByRole("button", { name: "Add a line" }));
    await user.type(screen.getByRole("textbox", { name: "Line 1" }), "hello");
    const layers = screen.getByRole("textbox", { name: "layers" });
    await user.clear(layers);
    await user.click(layers);
    await user.paste('[{"size": 3}]');
    expect(draft.settings).toMatchObject({
      source: "/data",
      shape: "square",
      corners: 7,
      aloud: false,
      words: ["hello"],
      layers: [{ size: 3 }],
    });
  });

  it("is searched where there are very many, and then folds nothing", async () => {
    const many = Array.from({ length: 50 }, (_, n) => [
      `number_${n}`,
      {
        type: "integer",
        default: n,
        title: `Number ${n}`,
        importance: "expert",
        group: `G${n % 5}`,
      },
    ]);
    const schema = { properties: Object.fromEntries(many) as Schema };
    const { user } = shown([], { ...recipe, schema, presets: [] });
    expect(folded("G3").open).toBe(false);
    await user.type(screen.getByRole("searchbox", { name: "Find a setting" }), "number 17");
    expect(screen.getAllByRole("spinbutton")).toEqual([
      screen.getByRole("spinbutton", { name: "Number 17" }),
    ]);
    await user.type(screen.getByRole("searchbox", { name: "Find a setting" }), "x");
    expect(screen.getByText("No setting is called so.")).toBeVisible();
  });

  it("makes nothing written of what may be empty null", async () => {
    const { draft, user } = shown();
    const limit = screen.getByRole("spinbutton", { name: "Limit" });
    await user.type(limit, "2");
    expect(draft.settings["limit"]).toBe(2);
    await user.clear(limit);
    expect(draft.settings["limit"]).toBeNull();
  });

  it("keeps JSON that is not valid yet out of the settings, and says so", async () => {
    const { draft, user } = shown();
    const layers = screen.getByRole("textbox", { name: "layers" });
    await user.clear(layers);
    await user.click(layers);
    await user.paste("[{");
    expect(screen.getByText("This is not valid JSON.")).toBeInTheDocument();
    expect(draft.settings["layers"]).toEqual([]);
  });

  it("shows what was changed, and takes it back", async () => {
    const { draft, user } = shown();
    await user.click(screen.getByRole("radio", { name: "square" }));
    await user.click(screen.getByRole("button", { name: "Reset Shape to round" }));
    expect(draft.value("settings.shape")).toBe("round");
    expect(screen.queryByRole("button", { name: /^Reset/ })).toBeNull();
  });

  it("says when a field was left", async () => {
    const { left, user } = shown();
    await user.click(screen.getByRole("combobox", { name: "Source" }));
    expect(left).not.toHaveBeenCalled();
    await user.tab();
    expect(left).toHaveBeenCalledWith("settings.source");
  });
});
