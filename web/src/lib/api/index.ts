import type { Control } from "./control";
import { serverControl } from "./server";

/** What all pages talk to. */
export const control: Control = serverControl();
