/** One answer of RunPod's, as far as it is read; nothing of it is kept in an error. */
export interface Answer {
  readonly status: number;
  readonly kind: string;
  /** The body's JSON; null where it is none. */
  readonly data: unknown;
  /** Seconds that RunPod asks to wait. */
  readonly wait: number;
  /** Whether the body came to its end. */
  readonly whole: boolean;
}

export function good({ status }: Answer): boolean {
  return status >= 200 && status < 300;
}
