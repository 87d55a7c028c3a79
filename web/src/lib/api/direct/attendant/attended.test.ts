// @vitest-environment node
import { expect, it, vi } from "vitest";
import type { JobDraft } from "../../types";
import { newHandle } from "../pod/handle";
import { siteForTests } from "../testing/site";
import { Attended, WAITS, type Visit } from "./attended";

it("looks once more at files that an event tells of while it looks already", async () => {
  const answers: ((paths: string[]) => void)[] = [];
  const send = vi.fn(
    () =>
      new Promise<Response>((resolve) => {
        answers.push((paths) => {
          resolve(Response.json(paths.map((path) => ({ path, bytes: 1, mtime_ns: 1 }))));
        });
      }),
  );
  const visit = { site: siteForTests(), send, waits: WAITS } as unknown as Visit;
  const handle = { ...newHandle("name", "token"), pod: "p0d" };
  const job = new Attended(visit, "job", {} as JobDraft, handle, 1);
  const first = job.look();
  const told = `{"t":1,"event":"saved","file":"../outputs/one"}\n`;
  job.hearing.bytes("events", new TextEncoder().encode(told), told.length);
  answers[0]?.([]);
  await first;
  expect(job.files).toEqual([]);
  await vi.waitFor(() => {
    expect(send).toHaveBeenCalledTimes(2);
  });
  answers[1]?.(["outputs/one"]);
  await job.look();
  expect(job.files.map(({ path }) => path)).toEqual(["outputs/one"]);
});
