import { plural } from "../plural";

/** A job's metrics as charts. */
export const charts = {
  empty: "The first figures come with training",
  emptyText: "As soon as the trainer reports losses or speeds, each gets a chart here.",
  emptyEnded: "This job left no figures",
  emptyEndedText: "It ended before the training reported any.",
  failed: "The figures could not be loaded",
  groups: { loss: "Losses", rate: "Learning rate", speed: "Speed", other: "Other figures" },

  tools: "Charts",
  axis: "Over",
  byStep: "Steps",
  byTime: "Time",
  smoothing: "Smoothing",
  log: "Logarithmic",
  zoomIn: "Zoom in",
  zoomOut: "Zoom out",
  reset: "Show all",
  csv: "Download as CSV",
  help: "Drag over a chart to zoom in; double-click shows all again.",

  picture: (title: string) => `Save ${title} as a picture`,
  larger: (title: string) => `Show ${title} larger`,
  smaller: (title: string) => `Show ${title} smaller`,
  pictureFailed: "The picture could not be made.",
  step: (at: string) => `step ${at}`,
  steps: "Step",
  time: "Time",
  raw: "as measured",
  /** For screen readers: what a chart shows. */
  says: (title: string, values: string) => `${title}: ${values}`,
  sayLine: (label: string, value: string, least: string, greatest: string) =>
    [label, `${value}, between ${least} and ${greatest}`].filter(Boolean).join(" "),
  noNumber: (at: string) => `No number at ${at}`,
  noNumberMore: (at: string, n: number) =>
    plural(n, { one: `No number at ${at} and # more`, other: `No number at ${at} and # more` }),
  notOnLog: "Values at or below zero can’t be shown on a logarithmic scale.",
  keys: "Left and right arrows move, plus and minus zoom, Escape shows all.",

  table: "Newest figures",
  metric: "Figure",
  newest: "Newest",
  at: "At",
  least: "Least",
  greatest: "Greatest",
  notANumber: "no number",
};
