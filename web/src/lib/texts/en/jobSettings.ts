import { plural } from "../plural";

/** What a job was asked to be. */
export const jobSettings = {
  asked: "Settings",
  askedText: (recipe: string) =>
    `As this job runs, with what its attempts set anew. Recipe: ${recipe}.`,
  fromThis: "New job from this one",
  onlyChanged: "Only what differs from the defaults",
  nothingChanged: "Everything is as the recipe’s defaults are.",
  default: (value: string) => `default: ${value}`,
  resultsGroup: "Results",
  otherGroup: "Other",
  yes: "yes",
  no: "no",
  empty: "not set",
  loadFailed: "The settings could not be loaded",

  attempts: "Attempts",
  attemptsText: "Each start of the job is an attempt. A resume can set some settings anew.",
  attempt: (n: number) => `Attempt ${n}`,
  first: "The first start, with the settings it was made with",
  same: "With the same settings",
  pushed: "Pushed the results again",
  only: (steps: string) => `Ran only: ${steps}`,
  profile: (name: string) => `Profile: ${name}`,
  setAnew: (n: number) => plural(n, { one: "# setting anew:", other: "# settings anew:" }),

  file: "Job file",
  fileText: "Describes this job whole, to share or to start it elsewhere. It holds no secret.",
  copyFile: "Copy the job file",
  downloadFile: "Download",
  fileFailed: "The job file could not be loaded",

  commands: "In a terminal",
  commandsText: "The same, from the command line.",
  show: "See how far it is",
  logs: "Follow its log",
  stop: "Stop it, with a checkpoint",
  resume: "Go on with it",
  copyCommand: (what: string) => `Copy the command: ${what}`,

  difference: "Difference to another job",
  differenceText: "Shows only what is not the same.",
  other: "Other job",
  otherHint: "Search by name or id",
  setting: "Setting",
  thisJob: "This job",
  noSuch: "It has no such setting",
  noDifference: "All settings are the same.",
  otherRecipe: (one: string, other: string) =>
    `The other job has another recipe (${other}, not ${one}). Settings that only one of them has are left empty.`,
  differenceFailed: "The other job could not be loaded",
  stopComparing: "Stop comparing",
};
