import { render, screen } from "@testing-library/svelte";
import { describe, expect, it } from "vitest";
import type { JobEvent, JobView } from "$lib/api/types";
import { jobOf, viewOf } from "$lib/state/jobForTests";
import HeaderSaved from "./HeaderSaved.svelte";

const path = "outputs/first-epoch2.safetensors";
const events: JobEvent[] = [1, 2].map((epoch) => ({
  t: epoch,
  event: "saved",
  about: {
    file: `../outputs/first-epoch${String(epoch)}.safetensors`,
    epoch,
    step: 10 * epoch,
    bytes: 228_000_000,
  },
}));

function show(view: Partial<JobView>, told = events, collect = false) {
  const outputs = [{ path, bytes: 228_000_000 }];
  const { job, control } = jobOf(viewOf({ outputs, ...view }), told, { collect });
  Object.assign(control, { fileAddress: () => "/the-file" });
  render(HeaderSaved, { job });
}

const link = (name: string) => screen.getByRole<HTMLAnchorElement>("link", { name });

describe("the newest result", () => {
  it("is offered while the training goes on", () => {
    show({});
    const said = screen.getByRole("region", { name: "Newest result" }).textContent;
    expect(said).toContain("first-epoch2.safetensors");
    expect(said).toContain("epoch 2 · step 20 · 228 MB");
    expect(said).toContain("try it while the training goes on");
    expect(link("Download the newest").getAttribute("href")).toBe("/the-file");
    expect(link("All 2 saved so far").getAttribute("href")).toContain("/files");
  });

  it("leads to how it is used once that is written down", () => {
    show({
      state: "succeeded",
      ended: 9,
      outputs: [
        { path, bytes: 228_000_000 },
        { path: "outputs/README.md", bytes: 900 },
      ],
    });
    expect(link("How to use it")).toBeTruthy();
    expect(screen.queryByText(/while the training goes on/)).toBeNull();
  });

  it("is told of, but not offered, before it is here", () => {
    show({ outputs: [] });
    expect(screen.getByText(/on its way here/)).toBeTruthy();
    expect(screen.queryByRole("link", { name: "Download the newest" })).toBeNull();
  });

  it("is not offered any more where it went with its pod", () => {
    show({ state: "succeeded", ended: 9 }, events, true);
    expect(screen.queryByRole("region")).toBeNull();
  });

  it("takes no room where nothing was saved on the way", () => {
    show({}, []);
    expect(screen.queryByRole("region")).toBeNull();
  });
});
