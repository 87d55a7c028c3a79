import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import NumberInput from "./NumberInput.svelte";

const input = () => screen.getByRole<HTMLInputElement>("spinbutton", { name: "Rate" });

it.each([
  [0.00002, "2e-5"],
  [0.000015, "1.5e-5"],
  [0.0001, "0.0001"],
  [0, "0"],
  [100, "100"],
])("shows %d as people write it: %s", (value, shown) => {
  render(NumberInput, { value, label: "Rate" });
  expect(input().value).toBe(shown);
  expect(input().valueAsNumber).toBe(value);
});

it("leaves what is typed as it is until one leaves it", async () => {
  render(NumberInput, { value: 0.00002, label: "Rate" });
  await userEvent.clear(input());
  await userEvent.type(input(), "0.00001");
  expect(input().value).toBe("0.00001");
  await userEvent.tab();
  expect(input().value).toBe("1e-5");
});
