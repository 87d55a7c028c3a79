import { createContext } from "svelte";
import type { Problem } from "$lib/api/types";

/** What a `Field` tells the control inside it. */
export interface FieldContext {
  readonly id: string;
  readonly labelId: string;
  readonly describedby: string | undefined;
  readonly invalid: boolean;
}

const [read, write] = createContext<FieldContext>();

export const provideField = write;

/** The field around a control; a control alone needs a `label` of its own. */
export function surroundingField(): FieldContext | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

export type { Problem };
