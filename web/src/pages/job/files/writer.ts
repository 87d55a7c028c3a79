import type { SecretView } from "$lib/api/types";

/** The secret that would be used for this one: itself, or what stands in for it; else undefined. */
export function writerOf(secrets: readonly SecretView[], name: string): SecretView | undefined {
  const own = secrets.find((secret) => secret.name === name);
  if (own?.keeper) return own;
  return secrets.find((secret) => secret.name === own?.covered && secret.keeper !== null);
}
