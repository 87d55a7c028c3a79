import type { Control } from "./control";
import { directControl } from "./direct";
import { serverControl } from "./server";

/** What all pages talk to: our server, or in a page without one RunPod and the pods themselves. */
export const control: Control = import.meta.env.MODE === "site" ? directControl() : serverControl();
