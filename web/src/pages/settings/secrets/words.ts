import { control } from "$lib/api";
import type { SecretView } from "$lib/api/types";
import { t } from "$lib/texts";

/** What is said of secrets depends on where they are kept: by a server, or by this page alone. */
export function words() {
  return control.can.keepSecrets
    ? { ...t.settings.secrets, inMemory: t.settings.secrets.kept.memory }
    : { ...t.settings.secrets, ...t.visit.secrets };
}

export function placeOf(keeper: NonNullable<SecretView["keeper"]>): string {
  return keeper === "memory" ? words().inMemory : t.settings.secrets.kept[keeper];
}
