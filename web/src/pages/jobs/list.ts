import { control } from "$lib/api";
import { Jobs } from "$lib/state/jobs.svelte";

/** Outlives the page, so that the list is there at once when somebody comes back to it. */
export const jobs = new Jobs(control);
