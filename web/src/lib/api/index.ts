import type { Control } from "./control";
import { directControl } from "./direct";
import { serverControl } from "./server";

/** In a page without a server: RunPod and the pods themselves. */
export const direct = import.meta.env.MODE === "site" ? directControl() : null;

/** What all pages talk to: our server, or where there is none what stands in for it. */
export const control: Control = direct ?? serverControl();
