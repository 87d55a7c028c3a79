import type { Abilities, Control } from "../../control";
import type { JobView } from "../../types";

/** What this page can do beside what every adapter can. */
export interface DirectControl extends Control {
  /** Says that all was fetched: the pod may end. */
  collected(id: string): Promise<JobView>;
  /** Forgets all keys and jobs; what is rented goes on by itself. */
  forget(): Promise<void>;
}

export const CAN: Abilities = {
  local: false,
  upload: true,
  keepSecrets: false,
  profiles: false,
  push: false,
  links: false,
  collect: true,
};

const none = () => "";

/** A pod's files want its token, which no link can carry: `open` gives addresses. */
export const NO_ADDRESSES = {
  fileAddress: none,
  zipAddress: none,
  logAddress: none,
  metricsAddress: none,
  jobFileAddress: none,
} satisfies Partial<Control>;

/** The same control, loaded with the first that is asked of it: the first screen needs little. */
export function later(load: () => Promise<DirectControl>): DirectControl {
  const known: Partial<DirectControl> = { can: CAN, ...NO_ADDRESSES };
  const asked =
    (name: string) =>
    async (...words: readonly unknown[]): Promise<unknown> => {
      const control = (await load()) as unknown as Record<string, (...words: unknown[]) => unknown>;
      return control[name]?.(...words);
    };
  return new Proxy(known, {
    get: (_, name) => (name in known ? Reflect.get(known, name) : asked(String(name))) as unknown,
  }) as DirectControl;
}
