import { describe, expect, it } from "vitest";
import type { Planned, SecretView } from "$lib/api/types";
import { isHeld, secretsOf } from "./secrets";

function step(title: string, ...secrets: [string, boolean][]) {
  return { title, secrets: secrets.map(([name, required]) => ({ name, required, held: false })) };
}

describe("secretsOf", () => {
  it("names each once, with its steps, what is needed first", () => {
    const plan = {
      steps: [
        step("Fetch", ["READ", false]),
        step("Look", ["READ", false]),
        step("Push", ["WRITE", true], ["READ", false]),
      ],
    } as unknown as Planned;
    expect(secretsOf(plan)).toEqual([
      { name: "WRITE", required: true, steps: ["Push"] },
      { name: "READ", required: false, steps: ["Fetch", "Look", "Push"] },
    ]);
  });

  it("needs one that any step needs", () => {
    const plan = { steps: [step("A", ["X", true]), step("B", ["X", false])] } as unknown as Planned;
    expect(secretsOf(plan)[0]?.required).toBe(true);
  });

  it("begins with what the compute itself needs", () => {
    const plan = { steps: [step("Push", ["WRITE", true])] } as unknown as Planned;
    expect(secretsOf(plan, { secrets: ["KEY"] })).toEqual([
      { name: "KEY", required: true, steps: [] },
      { name: "WRITE", required: true, steps: ["Push"] },
    ]);
  });

  it("names what pushes this computer's data before a step does", () => {
    const plan = {
      steps: [step("Push", ["WRITE", false])],
      remote: { secrets: [{ name: "WRITE", required: true, held: false }] },
    } as unknown as Planned;
    expect(secretsOf(plan)).toEqual([
      { name: "WRITE", required: true, steps: ["Pushing this computer’s data", "Push"] },
    ]);
  });

  it("is empty without a plan", () => {
    expect(secretsOf(undefined)).toEqual([]);
  });
});

it("is held by whoever keeps it, or by what stands in for it", () => {
  const view = { keeper: null, covered: null } as SecretView;
  expect(isHeld(undefined)).toBe(false);
  expect(isHeld(view)).toBe(false);
  expect(isHeld({ ...view, keeper: "memory" })).toBe(true);
  expect(isHeld({ ...view, covered: "HF_TOKEN" })).toBe(true);
});
