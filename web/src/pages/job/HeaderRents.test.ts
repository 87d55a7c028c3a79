import { render, screen } from "@testing-library/svelte";
import { expect, it } from "vitest";
import type { JobPod } from "$lib/api/types";
import { jobOf, podOf, viewOf, waitFor } from "$lib/state/jobForTests";
import Waiting from "./HeaderWaiting.svelte";

const show = (
  what: string,
  more = {},
  state: "provisioning" | "queued" | "training" = "provisioning",
  pod: JobPod | null = null,
) =>
  render(Waiting, {
    job: jobOf(viewOf({ state, compute: "runpod", waiting: waitFor(what, more), pod })).job,
  });

it("says what a rented computer is waited for, in the words of those who do it", () => {
  show("pod", { said: "pulling the image" });
  expect(screen.getByRole("status").textContent).toBe("Waiting for the pod to answer");
  expect(screen.getByText("pulling the image")).toBeTruthy();
});

it("says how much of the data is there", () => {
  show("inputs", { upload: { sent: 310_000_000, bytes: 742_000_000 } });
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("42");
  expect(screen.getByText("310 / 742 MB sent")).toBeTruthy();
});

it("says whether the data goes to the Hub, or to a pod that waits for it", () => {
  const { unmount } = show("inputs");
  expect(screen.getByRole("status").textContent).toBe("Data is on its way to the Hub");
  expect(screen.getByText(/this costs nothing/)).toBeTruthy();
  unmount();
  show("inputs", {}, "provisioning", podOf());
  expect(screen.getByRole("status").textContent).toBe("Data is on its way to the pod");
});

it("says for how long a pod wasn't heard, and what is said of it meanwhile", () => {
  const since = Date.now() / 1000 - 125;
  show("silence", { since, said: "RunPod can’t be reached." }, "training");
  expect(screen.getByText("The pod can’t be heard for the moment")).toBeTruthy();
  expect(screen.getByText(/^It was heard 2 min ago\. It goes on by itself/)).toBeTruthy();
  expect(screen.getByText("RunPod can’t be reached.")).toBeTruthy();
});

it("has no bar where nothing travels", () => {
  show("inputs");
  expect(screen.queryByRole("progressbar")).toBeNull();
});

it("leaves a wait for a GPU of this computer as it is", () => {
  show("gpu", {}, "queued");
  expect(screen.getByText(/next in line for a GPU/)).toBeTruthy();
});
