import type { Control, SecretToTest } from "$lib/api/control";
import type { Keep, SecretView, Tested } from "$lib/api/types";

type Calls = Pick<Control, "secrets" | "keepSecret" | "removeSecret" | "testSecret">;

/**
 * Which secrets are held, and where: for all jobs, or as one profile sees them.
 * A value only passes through here on its way to the server; nothing remembers it.
 */
export class Secrets {
  /** Empty: those for all jobs. */
  readonly profile: string;
  #views = $state.raw<readonly SecretView[]>();
  #failure = $state.raw<Error>();
  readonly #control: Calls;

  constructor(control: Calls, profile = "") {
    this.#control = control;
    this.profile = profile;
  }

  /** Undefined until it was heard once. */
  get views(): readonly SecretView[] | undefined {
    return this.#views;
  }

  /** Why the newest look failed; what was heard before stays. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  async look(signal?: AbortSignal): Promise<void> {
    try {
      this.#views = await this.#control.secrets(this.profile, signal);
      this.#failure = undefined;
    } catch (error) {
      if (!signal?.aborted) this.#failure = error as Error;
    }
  }

  async keep(name: string, value: string, keep: Keep): Promise<void> {
    await this.#control.keepSecret(name, value, keep, this.profile);
    await this.look();
  }

  async forget(name: string): Promise<void> {
    await this.#control.removeSecret(name, this.profile);
    await this.look();
  }

  test(name: string, what: Omit<SecretToTest, "profile">, signal?: AbortSignal): Promise<Tested> {
    return this.#control.testSecret(name, { ...what, profile: this.profile }, signal);
  }
}

/** What one can do with a secret, as it is held now. */
export interface Possible {
  set: boolean;
  forget: boolean;
  test: boolean;
}

export function possible(secret: SecretView, profile = ""): Possible {
  // What the environment says is not ours to change. A profile may still have its own.
  const ours = profile !== "" || secret.keeper !== "environment";
  return {
    set: ours,
    forget: ours && (profile ? secret.own : secret.keeper !== null),
    test: secret.keeper !== null || secret.covered !== null,
  };
}

/** The Hub's tokens can be tried on a repository. */
export function takesRepository(name: string): boolean {
  return name.startsWith("HF_");
}
