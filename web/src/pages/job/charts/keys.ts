import type { ChartsState } from "$lib/state/charts.svelte";

/** Keys that move and zoom what all charts show. */
export function keysOf(charts: ChartsState): (event: KeyboardEvent) => void {
  const keys: Record<string, () => void> = {
    ArrowLeft: () => {
      charts.pan(-0.2);
    },
    ArrowRight: () => {
      charts.pan(0.2);
    },
    "+": () => {
      charts.zoomBy(0.5);
    },
    "=": () => {
      charts.zoomBy(0.5);
    },
    "-": () => {
      charts.zoomBy(2);
    },
    Escape: () => {
      charts.zoom(null);
    },
  };
  return (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
}
