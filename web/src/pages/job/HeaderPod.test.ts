import { render, screen } from "@testing-library/svelte";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { useLocale } from "$lib/format";
import { jobOf, podOf, viewOf } from "$lib/state/jobForTests";
import HeaderPod from "./HeaderPod.svelte";

beforeEach(() => {
  useLocale(["en"]);
  vi.useFakeTimers({ now: 3_601_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

const lines = () => screen.getAllByRole("listitem").map((item) => item.textContent.trim());
const show = (more: Parameters<typeof podOf>[0] | null) =>
  render(HeaderPod, {
    job: jobOf(viewOf({ compute: "runpod", pod: more === null ? null : podOf(more) })).job,
  });

it("says where, what it costs, and when it ends whatever happens", () => {
  show({});
  expect(lines()).toEqual([
    expect.stringMatching(/^on RunPod RTX A5000\s+\(community\)$/),
    "$0.36 so far",
    "$0.36 an hour",
    expect.stringMatching(/^ends itself at \d+:00\s[AP]M$/),
  ]);
  expect(screen.getByRole("link").getAttribute("href")).toBe(
    "https://console.runpod.io/pods?id=p0d",
  );
});

it("says what it cost once it is gone, and leads nowhere then", () => {
  show({ ended: 1801 });
  expect(lines().at(-1)).toBe("cost $0.18");
  expect(screen.queryByRole("link")).toBeNull();
});

it("says no more than where before there is a pod", () => {
  show(null);
  expect(lines()).toEqual(["on RunPod"]);
});
