import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import { ProblemError } from "$lib/api/problem";
import { problemOf } from "$lib/api/direct/common/problems";
import KeyBar from "./KeyBar.svelte";

const { keepSecret, told } = vi.hoisted(() => {
  const told: { refused: (refused: boolean) => void } = { refused: () => undefined };
  return {
    keepSecret: vi.fn<(name: string, value: string, keep: string) => Promise<void>>(),
    told,
  };
});
vi.mock("$lib/api", () => ({ control: { keepSecret } }));
vi.mock("$lib/api/direct", () => ({
  watchKey: (listener: (refused: boolean) => void) => {
    told.refused = listener;
    return () => undefined;
  },
}));
vi.mock("$lib/state/way.svelte", () => ({ keyWay: { runpod: "api.runpod.io" } }));

const ask = () => screen.queryByRole("button", { name: "Give a new key" });
const check = () => screen.getByRole("button", { name: "Check it and go on" });

beforeEach(() => {
  keepSecret.mockReset();
  keepSecret.mockResolvedValue();
  render(KeyBar);
});

it("is not there while RunPod takes the key", () => {
  expect(screen.getByRole("status")).toBeEmptyDOMElement();
});

it("says that RunPod refuses it, until that is over", async () => {
  told.refused(true);
  await vi.waitFor(() => {
    expect(screen.getByRole("status")).toHaveTextContent("RunPod doesn’t know your key any more.");
  });
  told.refused(false);
  await vi.waitFor(() => {
    expect(ask()).toBeNull();
  });
});

it("takes another in place of it, once RunPod takes that", async () => {
  const said = problemOf("RunPod doesn’t know this key.", "runpod-key", "Make one.");
  keepSecret.mockRejectedValueOnce(new ProblemError(said));
  told.refused(true);
  await userEvent.click(await screen.findByRole("button", { name: "Give a new key" }));
  const field = screen.getByLabelText<HTMLInputElement>(/^RunPod key/);
  expect(document.activeElement).toBe(field);
  expect([field.type, field.autocomplete]).toEqual(["text", "off"]); // no browser offers to keep it
  await userEvent.type(field, "rpa_2");
  await userEvent.click(check());
  expect(await screen.findByText(/doesn’t know this key/)).toBeTruthy();
  expect(field.getAttribute("aria-invalid")).toBe("true");
  await userEvent.clear(field);
  await userEvent.type(field, "rpa_3");
  await userEvent.click(check());
  await vi.waitFor(() => {
    expect(screen.queryByLabelText(/^RunPod key/)).toBeNull();
  });
  expect(keepSecret.mock.calls.map(([name, value, keep]) => [name, value, keep])).toEqual([
    ["RUNPOD_API_KEY", "rpa_2", "memory"],
    ["RUNPOD_API_KEY", "rpa_3", "memory"],
  ]);
});
