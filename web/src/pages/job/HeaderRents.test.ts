import { render, screen } from "@testing-library/svelte";
import { expect, it } from "vitest";
import { jobOf, viewOf, waitFor } from "$lib/state/jobForTests";
import Waiting from "./HeaderWaiting.svelte";

const show = (what: string, more = {}, state: "provisioning" | "queued" = "provisioning") =>
  render(Waiting, {
    job: jobOf(viewOf({ state, compute: "runpod", waiting: waitFor(what, more) })).job,
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

it("has no bar where nothing travels", () => {
  show("inputs");
  expect(screen.queryByRole("progressbar")).toBeNull();
});

it("leaves a wait for a GPU of this computer as it is", () => {
  show("gpu", {}, "queued");
  expect(screen.getByText(/next in line for a GPU/)).toBeTruthy();
});
