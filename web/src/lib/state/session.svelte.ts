import * as api from "$lib/api/session";
import { refusals } from "$lib/api/server";
import { ProblemError } from "$lib/api/problem";

type Standing = "opening" | "in" | "out" | "unreachable";

/** Whether this page may talk to the server. */
export class Session {
  standing = $state<Standing>("opening");
  /** Whether the server takes a password. */
  password = $state(false);
  /** Whether what is rented here is only rehearsed. */
  practice = $state(false);
  /** The link that opened the page was not taken. */
  wrongLink = $state(false);

  constructor() {
    refusals.addEventListener("signed-out", () => void this.look());
  }

  /** Takes the token that the page was opened with, and then out of the address. */
  async open(): Promise<void> {
    const token = takeToken();
    if (token) await this.#prove({ token });
    await this.look();
  }

  /** Asks the server where one stands. */
  async look(): Promise<boolean> {
    try {
      const found = await api.session();
      this.password = found.password;
      this.practice = found.practice;
      this.standing = found.signed_in ? "in" : "out";
    } catch {
      if (this.standing !== "in") this.standing = "unreachable";
    }
    return this.standing !== "out";
  }

  /** Throws the server's problem if the password is not taken. */
  async signIn(password: string): Promise<void> {
    await api.signIn({ password });
    this.wrongLink = false;
    await this.look();
  }

  async signOut(): Promise<void> {
    await api.signOut();
    await this.look();
  }

  async #prove(proof: { token: string }): Promise<void> {
    try {
      await api.signIn(proof);
      this.wrongLink = false;
    } catch (error) {
      this.wrongLink = error instanceof ProblemError;
    }
  }
}

/** The token of an address like …/#open=TOKEN, which then shows and keeps it no more. */
function takeToken(): string {
  const token = new URLSearchParams(location.hash.slice(1)).get("open") ?? "";
  if (token) history.replaceState(history.state, "", location.pathname + location.search);
  return token;
}

export const session = new Session();
