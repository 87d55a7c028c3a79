import { to } from "$lib/router.svelte";

/** A profile's own address. */
export function profileAddress(name: string): string {
  return `${to.settings()}?profile=${encodeURIComponent(name)}`;
}
