/** An address may name a field: the focus then goes on to what one types or chooses in. */
export function land(event: FocusEvent & { currentTarget: HTMLElement }): void {
  if (event.target !== event.currentTarget) return;
  const control = "input:checked, input:not([type=radio]), select, textarea, button";
  event.currentTarget.querySelector<HTMLElement>(control)?.focus();
}

/** Whether it is this field that one is in, and no field inside of it. */
export function isInside({ target, currentTarget }: FocusEvent): boolean {
  return target instanceof Element && target.closest("[data-setting]") === currentTarget;
}
