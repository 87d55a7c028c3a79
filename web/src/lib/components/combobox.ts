/** One thing to choose; `detail` stands at the line's end. */
export interface ComboboxChoice {
  value: string;
  label: string;
  detail?: string;
}
