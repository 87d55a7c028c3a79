import { render, screen, within } from "@testing-library/svelte";
import { userEvent } from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Pods } from "$lib/api/types";
import { UnreachableError } from "$lib/api/problem";
import { useLocale } from "$lib/format";
import { podView } from "$lib/state/podsForTests";
import { questions } from "$lib/state/questions.svelte";
import PodsPage from "./PodsPage.svelte";

const control = vi.hoisted(() => ({
  can: { collect: false },
  pods: vi.fn<() => Promise<Pods>>(),
  endPod: vi.fn(() => Promise.resolve()),
  sweepPods: vi.fn(),
}));
vi.mock("$lib/api", () => ({ control }));

const EVERY = 5000;

function problem(code: string, sentence: string): Pods {
  const told = { sentence, code, field: "", next_step: "Do this.", severity: "error", place: "" };
  return { pods: [], balance: null, dollars_an_hour: 0, problem: told as Pods["problem"] };
}

function account(more: Partial<Pods> = {}): Pods {
  return { pods: [], balance: 12.3, dollars_an_hour: 0, problem: null, ...more };
}

beforeEach(() => {
  useLocale(["en"]);
  vi.clearAllMocks();
});
afterEach(() => {
  questions.answer(false);
  vi.useRealTimers();
});

describe("what there is to see", () => {
  it("says of a pod whose results nobody else fetches that it waits for who looks", async () => {
    const pods = [podView("a", { whose: "ending" })];
    control.pods.mockResolvedValue(account({ pods }));
    const { unmount } = render(PodsPage);
    expect(await screen.findByText("ending")).toBeTruthy();
    unmount();
    control.can.collect = true;
    render(PodsPage);
    expect(await screen.findByText("waits for you")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: /End the pod of/ }));
    expect(questions.current?.text).toContain("until you have fetched it");
    questions.answer(false);
    control.can.collect = false;
  });

  it("is each pod with its job, cost and price, and the account", async () => {
    control.pods.mockResolvedValue(account({ pods: [podView("a")], dollars_an_hour: 0.22 }));
    render(PodsPage);
    const pod = await screen.findByRole("listitem");
    expect(within(pod).getByRole("link", { name: "job a" }).getAttribute("href")).toBe(
      "/jobs/20261122-1",
    );
    expect(pod.textContent).toMatch(/RTX A5000.*Community.*\$0\.50.*\$0\.22 an hour/s);
    expect(screen.getByText("$12.30")).toBeTruthy();
    expect(screen.getByText("Lasts for")).toBeTruthy();
  });

  it("teaches what a pod is, where there is none", async () => {
    control.pods.mockResolvedValue(account());
    render(PodsPage);
    expect(await screen.findByText("No pods now")).toBeTruthy();
    expect(screen.queryByText("Lasts for")).toBeNull();
  });

  it("asks for a key where there is none", async () => {
    control.pods.mockResolvedValue(problem("no-runpod-key", "No key."));
    render(PodsPage);
    const way = await screen.findByRole("link", { name: "Give a key in Settings" });
    expect(way.getAttribute("href")).toBe("/settings#secrets");
    expect(screen.queryByText("No key.")).toBeNull();
  });

  it("says why nobody knows, and can be asked again", async () => {
    control.pods.mockResolvedValueOnce(problem("runpod-key", "The key is refused."));
    control.pods.mockResolvedValue(account({ pods: [podView("a")] }));
    render(PodsPage);
    expect(await screen.findByText("The key is refused. Do this.")).toBeTruthy();
    expect(screen.getByRole("link", { name: "Give another key" })).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByRole("listitem")).toBeTruthy();
    expect(screen.queryByText(/refused/)).toBeNull();
  });

  it("says that our own server is away", async () => {
    control.pods.mockRejectedValue(new UnreachableError("no"));
    render(PodsPage);
    expect(await screen.findByText("It is not known which pods there are")).toBeTruthy();
  });

  it("is asked for every few seconds, while somebody looks and not after", async () => {
    vi.useFakeTimers();
    control.pods.mockResolvedValue(account());
    const { unmount } = render(PodsPage);
    await vi.advanceTimersByTimeAsync(2 * EVERY);
    expect(control.pods).toHaveBeenCalledTimes(3);
    const hidden = vi.spyOn(document, "hidden", "get").mockReturnValue(true);
    await vi.advanceTimersByTimeAsync(2 * EVERY);
    expect(control.pods).toHaveBeenCalledTimes(3);
    hidden.mockRestore();
    document.dispatchEvent(new Event("visibilitychange"));
    await vi.advanceTimersByTimeAsync(0);
    expect(control.pods).toHaveBeenCalledTimes(4);
    unmount();
    await vi.advanceTimersByTimeAsync(4 * EVERY);
    expect(control.pods).toHaveBeenCalledTimes(4);
  });
});

const asked = () =>
  vi.waitFor(() => {
    const { current } = questions;
    if (!current) throw new Error("nothing was asked");
    return current;
  });

describe("ending", () => {
  it("a pod asks first, and then takes it out of the list", async () => {
    control.pods.mockResolvedValue(account({ pods: [podView("a")] }));
    render(PodsPage);
    await userEvent.click(await screen.findByRole("button", { name: "End the pod of job a" }));
    expect((await asked()).text).toMatch(/stop the job instead/);
    expect(control.endPod).not.toHaveBeenCalled();
    questions.answer(true);
    expect(await screen.findByText("No pods now")).toBeTruthy();
    expect(control.endPod).toHaveBeenCalledExactlyOnceWith("a");
  });

  it("all that are nobody's lists them first", async () => {
    const orphan = podView("a", { whose: "orphan", job: null, job_name: "20261120-old" });
    control.pods.mockResolvedValue(account({ pods: [orphan] }));
    control.sweepPods.mockResolvedValue([orphan]);
    render(PodsPage);
    await userEvent.click(await screen.findByRole("button", { name: "End it…" }));
    expect((await asked()).lost).toEqual(["20261120-old: all that is only there"]);
    expect(control.sweepPods).toHaveBeenCalledExactlyOnceWith(false);
    questions.answer(true);
    await vi.waitFor(() => {
      expect(control.sweepPods).toHaveBeenLastCalledWith(true);
    });
    expect(await screen.findByText("No pods now")).toBeTruthy();
  });
});
