import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { router } from "$lib/router.svelte";
import { everything, type Filter } from "$lib/state/jobFilter";
import Filters from "./Filters.svelte";

const { recipes } = vi.hoisted(() => ({ recipes: vi.fn() }));
vi.mock("$lib/api", () => ({ control: { recipes } }));

const spied = () => vi.spyOn(router, "setQuery").mockReturnValue();
let setQuery: ReturnType<typeof spied>;

beforeEach(() => {
  setQuery = spied();
  recipes.mockReset().mockResolvedValue([{ name: "piper", title: "Piper voice" }]);
});

function shown(filter: Partial<Filter> = {}) {
  const counts = { training: 2, preparing: 1, failed: 1, lost: 1, succeeded: 5 };
  render(Filters, { filter: { ...everything, ...filter }, counts, total: 10, picking: false });
}

describe("Filters", () => {
  it("are links that keep the rest of the filter, the current one marked", () => {
    shown({ group: "failed", recipe: "piper" });
    const failed = screen.getByRole("link", { name: /Failed/ });
    expect(failed.getAttribute("aria-current")).toBe("page");
    expect(screen.getByRole("link", { name: /Done/ }).getAttribute("href")).toBe(
      "/jobs?state=done&recipe=piper",
    );
    expect(screen.getByRole("link", { name: /All/ }).getAttribute("href")).toBe(
      "/jobs?recipe=piper",
    );
  });

  it("count the jobs of each group, but not beside a search, which they would not be of", () => {
    shown();
    expect(screen.getByRole("link", { name: "Running 3" })).toBeTruthy();
    expect(screen.getByRole("link", { name: "Failed 2" })).toBeTruthy();
    document.body.replaceChildren();
    shown({ text: "voice" });
    expect(screen.getByRole("link", { name: "Running" })).toBeTruthy();
  });

  it("puts what is typed into the address, after a rest", async () => {
    vi.useFakeTimers();
    const user = userEvent.setup({ advanceTimers: vi.advanceTimersByTime.bind(vi) });
    shown();
    await user.type(screen.getByRole("searchbox", { name: "Search jobs" }), "bn v");
    expect(setQuery).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    expect(setQuery).toHaveBeenCalledExactlyOnceWith({ text: "bn v" });
    vi.useRealTimers();
  });

  it("offers recipes once there are several", async () => {
    recipes.mockResolvedValue([
      { name: "piper", title: "Piper voice" },
      { name: "script", title: "Script" },
    ]);
    shown({ recipe: "script" });
    const choice = await screen.findByRole<HTMLSelectElement>("combobox", { name: "Recipe" });
    expect([...choice.options].map((option) => option.text)).toEqual([
      "All recipes",
      "Piper voice",
      "Script",
    ]);
    expect(choice.value).toBe("script");
  });

  it("offers none where there is but one", async () => {
    shown();
    await Promise.resolve();
    expect(screen.queryByRole("combobox")).toBeNull();
  });
});
