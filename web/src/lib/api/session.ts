import { ProblemError, UnreachableError, isProblem } from "./problem";
import type { Session } from "./schema";

/** Signing in and out of the server; an adapter without a server has no such thing. */
export async function session(): Promise<Session> {
  const response = await call("GET");
  return (await response.json()) as Session;
}

export async function signIn(proof: { token: string } | { password: string }): Promise<void> {
  await call("POST", proof);
}

export async function signOut(): Promise<void> {
  await call("DELETE");
}

async function call(method: string, body?: object): Promise<Response> {
  const headers = body ? { "Content-Type": "application/json" } : undefined;
  const response = await fetch("/api/session", {
    method,
    ...(body ? { body: JSON.stringify(body) } : {}),
    ...(headers ? { headers } : {}),
  }).catch((error: unknown) => {
    throw new UnreachableError("The server could not be reached", { cause: error });
  });
  if (response.ok) return response;
  const problem: unknown = await response.json().catch(() => null);
  if (isProblem(problem)) throw new ProblemError(problem);
  throw new UnreachableError(`The server answered ${response.status}`);
}
