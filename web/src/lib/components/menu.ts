import type { IconName } from "./icons";

/** An entry: it does something, or with `href` it leads somewhere. */
export interface MenuItem {
  label: string;
  icon?: IconName;
  /** A second line in small. */
  detail?: string;
  onclick?: () => void;
  href?: string;
  /** Lets the browser save what `href` names. */
  download?: boolean | string;
  danger?: boolean;
  disabled?: boolean;
  /** A line above it. */
  apart?: boolean;
}
