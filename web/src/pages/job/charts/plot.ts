import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { type Column, nearest } from "$lib/charts/align";
import type { Axis } from "$lib/charts/points";
import { figure, number } from "$lib/format";
import { axisTime } from "./times";

/** One line of a plot: what was measured and, where that is drawn behind, its smooth course. */
export interface LineLook {
  readonly colour: string;
  readonly dash: readonly number[];
}

export interface Colours {
  readonly ink: string;
  readonly label: string;
  readonly line: string;
  readonly ground: string;
}

export interface PlotOf {
  readonly width: number;
  readonly height: number;
  readonly axis: Axis;
  readonly log: boolean;
  readonly smooth: boolean;
  readonly lines: readonly LineLook[];
  readonly colours: Colours;
  readonly font: string;
  /** One has drawn over this stretch. */
  readonly onselect: (begin: number, end: number) => void;
  readonly onreset: () => void;
  /** The cursor is at this place of the data; null: it has left. */
  readonly onhover: (at: number | null) => void;
}

const LOGARITHMIC = 3;
const GUTTER = 60; // for the labels at the left
const FAINT = "55"; // of a line behind its smooth course, as #rrggbbaa

export function makePlot(parent: HTMLElement, data: uPlot.AlignedData, of: PlotOf): uPlot {
  const options: uPlot.Options = {
    width: of.width,
    height: of.height,
    padding: [8, 22, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: of.axis === "t" },
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- types alone
      y: of.log
        ? {
            distr: LOGARITHMIC,
            log: 10,
            range: (_plot, least, most) => roomAround(least, most),
          }
        : {},
    },
    axes: axes(of),
    series: [{}, ...of.lines.flatMap((line) => series(line, of.smooth))],
    cursor: cursor(of),
    hooks: {
      setSelect: [
        (plot) => {
          const { left, width } = plot.select;
          if (width < 4) return;
          of.onselect(plot.posToVal(left, "x"), plot.posToVal(left + width, "x"));
          plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
        },
      ],
      setCursor: [
        (plot) => {
          of.onhover((plot.cursor.left ?? -1) < 0 ? null : (plot.cursor.idx ?? null));
        },
      ],
    },
  };
  return new uPlot(options, data, parent);
}

function cursor(of: PlotOf): uPlot.Cursor {
  return {
    y: false,
    points: { size: 7, width: 2 },
    // By the values of the axis: charts have points at different places.
    sync: { key: "job", scales: ["x", null], setSeries: false },
    drag: { x: true, y: false, setScale: false },
    bind: {
      dblclick: () => () => {
        of.onreset();
        return null;
      },
    },
    dataIdx: (plot, at, hovered) =>
      at === 0
        ? hovered
        : nearest(plot.data[0] as number[], plot.data[at] as unknown as Column, hovered),
  };
}

function series({ colour, dash }: LineLook, smooth: boolean): uPlot.Series[] {
  const line: uPlot.Series = { stroke: colour, width: 2, dash: [...dash] };
  if (!smooth) return [line];
  const behind = { stroke: colour + FAINT, width: 1, points: { show: false } };
  return [behind, { ...line, points: { show: false } }];
}

function axes({ axis, log, colours, font }: PlotOf): uPlot.Axis[] {
  const common = {
    stroke: colours.label,
    font: `12px ${font}`,
    grid: { stroke: colours.line, width: 1 },
    ticks: { show: false },
    border: { show: true, stroke: colours.line, width: 1 },
  };
  return [
    {
      ...common,
      grid: { show: false },
      size: 26,
      space: 72,
      ...(axis === "step"
        ? {
            values: (_plot, at) =>
              at.map((value) => (Number.isInteger(value) ? number(value) : "")),
          }
        : { values: (_plot, at) => axisTime(at) }),
    },
    {
      ...common,
      size: GUTTER,
      space: 32,
      ...(log
        ? { filter: (_plot, at) => at, values: (_plot, at) => logLabels(at) }
        : { values: (_plot, at) => at.map((value) => figure(value)) }),
    },
  ];
}

/** A little room on both sides; without any value above zero, any scale will do. */
function roomAround(least: number | null, most: number | null): [number, number] {
  return least && most ? [least / 1.2, most * 1.2] : [1, 10];
}

/** A logarithmic scale has more lines than room for labels: over few decades 1, 2 and 5, else 1. */
function logLabels(values: readonly number[]): string[] {
  const decades = Math.log10((values.at(-1) ?? 1) / (values[0] ?? 1));
  return values.map((value) => {
    const first = Number(value.toExponential(0)[0]);
    return first === 1 || (decades <= 2.5 && (first === 2 || first === 5)) ? figure(value) : "";
  });
}
