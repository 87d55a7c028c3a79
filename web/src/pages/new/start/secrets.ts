import type { ComputeView, Planned, SecretView } from "$lib/api/types";
import { t } from "$lib/texts";

export interface WantedSecret {
  readonly name: string;
  readonly required: boolean;
  /** What may be given it: titles of steps, and of what is done before them; not the compute. */
  readonly steps: readonly string[];
}

/** The secrets of a plan, each once, what is needed first; before them those of the compute. */
export function secretsOf(
  plan: Planned | undefined,
  compute?: Pick<ComputeView, "secrets">,
): readonly WantedSecret[] {
  const found = new Map<string, WantedSecret>();
  for (const name of compute?.secrets ?? []) found.set(name, { name, required: true, steps: [] });
  const travelling = plan?.remote?.secrets ?? [];
  for (const step of [
    { title: t.newJob.start.forInputs, secrets: travelling },
    ...(plan?.steps ?? []),
  ])
    for (const { name, required } of step.secrets) {
      const before = found.get(name);
      found.set(name, {
        name,
        required: required || before?.required === true,
        steps: [...(before?.steps ?? []), step.title],
      });
    }
  return [...found.values()].sort((one, other) => Number(other.required) - Number(one.required));
}

/** Whether anybody holds it, or what stands in for it. */
export function isHeld(view: SecretView | undefined): boolean {
  return view !== undefined && (view.keeper !== null || view.covered !== null);
}
