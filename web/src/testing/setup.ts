import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/svelte";
import { afterEach } from "vitest";

// Testing Library does so by itself only where the test's globals are switched on.
afterEach(() => {
  cleanup();
});
