import { describe, expect, it } from "vitest";
import type { Piece } from "./face";
import { Metrics, csvOf } from "./metrics";

/** Metrics that were read from these lines; more may follow. */
async function metricsOf(lines: readonly object[], known = new Metrics(), piece = 64) {
  const all = new TextEncoder().encode(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  const read = (offset: number, limit: number): Promise<Piece> => {
    const data = all.slice(offset, offset + Math.min(limit, piece));
    return Promise.resolve({ data, next: offset + data.length, reset: false });
  };
  await known.update(read, all.length);
  return { known, size: all.length, read };
}

describe("series", () => {
  it("are columns over steps, in order, where the newer value of a step counts", async () => {
    const lines = [
      { step: 2, t: 20, loss: 1, epoch: 0 },
      { step: 1, t: 10, loss: 3, epoch: 0 },
      { step: 3, t: 30, lr: 0.1 },
      { step: 2, t: 40, loss: 2 },
    ];
    const { known, size } = await metricsOf(lines);
    expect(known.series()).toEqual({
      x: [1, 2, 3],
      names: ["loss", "lr"],
      columns: [
        [3, 2, null],
        [null, null, 0.1],
      ],
      no_number: [],
      next: size,
      total: 3,
      thinned: false,
    });
    expect(known.series({ x: "t", names: ["loss", "none"] })).toMatchObject({
      x: [10, 20, 40],
      names: ["loss"],
    });
    expect(known.series({ begin: 2, end: 2 })).toMatchObject({ x: [2], columns: [[2], [null]] });
  });

  it("say where a metric was no number", async () => {
    const { known } = await metricsOf([
      { step: 1, loss: 1 },
      { step: 2, nan: ["loss"] },
      { step: 3, loss: null },
    ]);
    expect(known.series()).toMatchObject({
      columns: [[1, null, null]],
      no_number: [{ name: "loss", count: 2, x: [2, 3] }],
    });
  });

  it("are thinned so that no peak is lost", async () => {
    const loss = (n: number) => (n === 617 ? 99 : n === 618 ? -99 : Math.sin(n / 50));
    const lines = Array.from({ length: 1000 }, (_, n) => ({ step: n, loss: loss(n) }));
    const { known } = await metricsOf(lines, new Metrics(), 1 << 20);
    const { x, columns, thinned, total } = known.series({ points: 100 });
    const [line = []] = columns;
    expect([thinned, total]).toEqual([true, 1000]);
    expect(x.length).toBeLessThanOrEqual(100);
    expect(line).toHaveLength(x.length);
    expect(line).toContain(99);
    expect(line.indexOf(-99)).toBe(line.indexOf(99) + 1);
    expect([x[0], x.at(-1)]).toEqual([0, 999]);
  });

  it("go on where they were read to, and begin again with the file", async () => {
    const first = [{ step: 1, loss: 1 }];
    const { known } = await metricsOf(first);
    await metricsOf([...first, { step: 2, loss: 2 }], known);
    expect(known.series().x).toEqual([1, 2]);
    await metricsOf([{ step: 9 }], known);
    expect(known.series()).toMatchObject({ x: [], names: [], total: 0 });
  });
});

it("a table has all lines, and no cell that a spreadsheet would run", () => {
  const text = '{"step":1,"t":2,"loss":0.5}\nnonsense\n{"step":2,"note":"=1+1","a,b":"x\\"y"}\n';
  expect(csvOf(text)).toBe('step,t,loss,note,"a,b"\r\n1,2,0.5,,\r\n2,,,\'=1+1,"x""y"\r\n');
});
