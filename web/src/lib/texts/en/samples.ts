import { plural } from "../plural";

/** The samples of a job. */
export const samples = {
  caption: "Samples: a line for each sentence, a column for each checkpoint",
  sentence: "Sentence",
  speaker: (name: string) => `Speaker ${name}`,
  final: "Final",
  epoch: (n: string) => `Epoch ${n}`,
  count: (checkpoints: number, sentences: number) =>
    `${plural(sentences, { one: "# sentence", other: "# sentences" })}, ${plural(checkpoints, { one: "# checkpoint", other: "# checkpoints" })}`,
  play: (text: string, group: string) => `Play “${text}”, ${group}`,
  pause: (text: string, group: string) => `Pause “${text}”, ${group}`,
  position: (text: string, group: string) => `Position in “${text}”, ${group}`,
  at: (position: string, duration: string) => `${position} of ${duration}`,
  growth: "Hear it grow",
  growthOf: (text: string) => `Hear it grow: “${text}”, from the first checkpoint to the newest`,
  growthStop: (text: string) => `Stop: “${text}”`,
  stop: "Stop",
  silent: "silent",
  silentHelp: "There is nothing to hear in it.",
  failed: "can’t be played",
  missing: "not spoken",
  download: (text: string, group: string) => `Download “${text}”, ${group}`,
  downloadGroup: (group: string) => `Download all samples of ${group}`,
  picture: (text: string, group: string) => `${text}, ${group}`,
  file: "Download",
  seconds: (value: string) => `${value} s`,
  loadFailed: "The samples could not be loaded",
  empty: {
    title: "No samples yet",
    none: "No samples",
    running:
      "If the trainer makes samples, they appear here at each checkpoint. If it makes none, try out what it has saved: that is among the files.",
    ended: "This job made none. Try out what it has saved: that is among the files.",
    files: "To the files",
  },
};
