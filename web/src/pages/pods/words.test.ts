import { describe, expect, it } from "vitest";
import { podView } from "$lib/state/podsForTests";
import { gpuOf, questionOf, sorted, statusOf, titleOf } from "./words";

describe("a pod in words", () => {
  it("is known by its job, else by its name", () => {
    expect(titleOf(podView("a"))).toBe("job a");
    expect(titleOf(podView("a", { job: null, job_name: "20261120-old" }))).toBe("20261120-old");
    expect(titleOf(podView("a", { job: null, job_name: "", name: "comfyui" }))).toBe("comfyui");
    expect(titleOf(podView("a", { job: null, job_name: "", name: "" }))).toBe("a");
  });

  it("has a GPU, several, or none", () => {
    expect(gpuOf(podView("a"))).toBe("RTX A5000");
    expect(gpuOf(podView("a", { gpu: "NVIDIA GeForce RTX 4090", gpu_count: 2 }))).toBe(
      "2 × RTX 4090",
    );
    expect(gpuOf(podView("a", { gpu: "" }))).toBe("no GPU");
  });

  it("has a status, also one that we don't know", () => {
    expect(statusOf(podView("a"))).toBe("running");
    expect(statusOf(podView("a", { status: "FROZEN" }))).toBe("frozen");
  });
});

it("shows first what wants to be looked at, and of each kind the newest", () => {
  const pods = [
    podView("other", { whose: "other" }),
    podView("old"),
    podView("new", { created: 9 }),
    podView("orphan", { whose: "orphan" }),
  ];
  expect(sorted(pods).map(({ id }) => id)).toEqual(["orphan", "new", "old", "other"]);
});

it("asks twice only of what was started elsewhere", () => {
  const asked = (["job", "ending", "orphan", "elsewhere", "other"] as const).map((whose) => {
    const question = questionOf(podView("a", { whose }));
    return [question.danger, question.lost?.length, question.agree !== undefined];
  });
  expect(asked).toEqual([
    [true, 1, false],
    [true, 1, false],
    [true, 1, false],
    [true, 1, true],
    [true, 1, true],
  ]);
});
