// Before the first paint, so that a dark page never flashes. A file of its own, since the
// content security policy allows no script inside the page. src/lib/state/theme.svelte.ts
// does the rest.
(() => {
  let chosen = "system";
  try {
    chosen = JSON.parse(localStorage.getItem("tuneyard.theme") ?? '"system"');
  } catch {
    // No storage here, or nothing that can be read: the system's theme is right.
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme =
    chosen === "dark" || (chosen !== "light" && dark) ? "dark" : "light";
})();
