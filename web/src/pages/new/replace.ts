import { router } from "$lib/router.svelte";
import { ask } from "$lib/state/questions.svelte";
import type { Start } from "$lib/state/draft.svelte";
import type { JobDraft } from "$lib/api/types";
import { t } from "$lib/texts";
import { addressOf } from "./steps";
import type { Wizard } from "./wizard.svelte";

/** Begins with a job or a job file, and goes to its settings; asks if something would be lost. */
export async function replaceDraft(
  wizard: Wizard,
  start: Start & { readonly job: JobDraft },
): Promise<void> {
  const text = t.newJob.draft;
  const changes = wizard.draft?.changes ?? 0;
  const sure =
    changes === 0 ||
    (await ask({
      title: text.replaceTitle,
      text: text.replaceText,
      lost: [text.lost(changes)],
      action: text.replace,
    }));
  if (!sure) return;
  await wizard.begin(start);
  await router.go(addressOf("settings"));
}
