import { ordinal } from "../ordinal";
import { plural } from "../plural";

/** The list of jobs. */
export const jobs = {
  title: "Jobs",
  list: "Jobs",
  search: "Search jobs",
  searchHint: "Name, recipe or id",
  recipe: "Recipe",
  allRecipes: "All recipes",
  states: "State",
  groups: {
    all: "All",
    running: "Running",
    waiting: "Waiting",
    done: "Done",
    failed: "Failed",
    stopped: "Stopped",
  },
  found: (n: number) => plural(n, { one: "# job", other: "# jobs" }),
  more: (n: number) => plural(n, { one: "Show # more", other: "Show # more" }),
  left: (n: number) =>
    plural(n, { one: "# older job is not shown.", other: "# older jobs are not shown." }),
  loadFailed: "The jobs could not be loaded",
  stale: "This list may be old",

  thisComputer: "this computer",
  progressOf: (name: string) => `Progress of ${name}`,
  nextForGpu: "next in line for a GPU",
  inLineForGpu: (place: number) => `${ordinal(place)} in line for a GPU`,
  waitsFor: (what: string) => `waits for ${what}`,
  starting: "starting",
  gettingMachine: "getting a machine",
  preparing: "getting ready",
  finishing: "exporting results",
  epoch: (done: string, of: string | null) =>
    of === null ? `epoch ${done}` : `epoch ${done}/${of}`,
  caching: (what: string, done: string, of: string) => `preparing the data: ${what} ${done}/${of}`,
  step: (done: string, of: string | null) => (of === null ? `step ${done}` : `step ${done}/${of}`),
  took: (time: string) => `took ${time}`,
  rents: {
    offer: "looking for a free GPU",
    pod: "waiting for its pod",
    inputs: "sending its data",
    inputsShare: (share: string) => `sending its data, ${share}`,
    push: "pushing its last checkpoint",
    results: "bringing results home",
    collect: "its results wait to be fetched",
    end: "ending its pod",
    silence: "its pod can’t be heard",
  },
  podThere: "its pod waits",
  /** Proper names, where a compute's own is written small. */
  computes: { runpod: "RunPod" } as Record<string, string>,
  costSoFar: "Cost so far",
  rented: (compute: string, gpu: string) => (gpu ? `${compute} ${gpu}` : compute),
  unknownEnd: "Nobody knows how it ended.",
  noCause: "It failed without saying why.",
  unreadable: "Its folder can’t be read.",
  seeWhy: "See why",
  hear: (name: string) => `Play the newest sample of ${name}`,
  pause: (name: string) => `Pause the sample of ${name}`,
  voice: "sample",
  noSample: "no sample",
  sampleFailed: "The sample could not be played.",

  menu: (name: string) => `More for ${name}`,
  fromThis: "New job from this one",
  stop: "Stop",
  save: "Stop and save",
  saveDetail: "Saves a checkpoint first, to go on from.",
  now: "Stop now",
  nowDetail: "Loses what was trained since the last checkpoint.",
  resume: "Resume",
  remove: "Delete…",

  keys: {
    down: "Next job",
    up: "Previous job",
    choose: "Select the job",
    chooseRange: "Select all up to the job",
    clear: "Select nothing",
  },
  choose: (name: string) => `Select ${name}`,
  chooseAll: "Select all shown",
  chooseSome: "Select",
  chosen: (n: number) => plural(n, { one: "# selected", other: "# selected" }),
  chosenBar: "Selected jobs",
  clear: "Select nothing",
  none: {
    resume: "None of them can be resumed.",
    remove: "None of them has ended. Stop them first.",
  },

  ask: {
    save: (n: number) => plural(n, { one: "Stop # job and save?", other: "Stop # jobs and save?" }),
    saveText: "Each saves a checkpoint first, to go on from. This can take a minute.",
    saveAction: "Stop and save",
    now: (n: number) => plural(n, { one: "Stop # job now?", other: "Stop # jobs now?" }),
    nowText: "They end at once, without saving.",
    nowLost: "What was trained since the last checkpoint",
    nowAction: "Stop now",
    remove: (n: number) => plural(n, { one: "Delete # job?", other: "Delete # jobs?" }),
    removeText: "Deleted for good. What you downloaded or pushed to the Hub stays.",
    removeLost: "checkpoints, results, samples and log",
    removeAction: (n: number) => plural(n, { one: "Delete # job", other: "Delete # jobs" }),
    oneLost: (name: string, what: string) => `${name}: ${what}`,
    andMore: (n: number) => plural(n, { one: "and of # more job", other: "and of # more jobs" }),
    leftRunning: (n: number) =>
      plural(n, {
        one: "# of those selected has not ended and stays.",
        other: "# of those selected have not ended and stay.",
      }),
    leftEnded: (n: number) =>
      plural(n, {
        one: "# of those selected has already ended.",
        other: "# of those selected have already ended.",
      }),
  },
  done: {
    save: (n: number) => plural(n, { one: "# job is stopping.", other: "# jobs are stopping." }),
    now: (n: number) => plural(n, { one: "# job is stopping.", other: "# jobs are stopping." }),
    resume: (n: number) => plural(n, { one: "# job goes on.", other: "# jobs go on." }),
    remove: (n: number) => plural(n, { one: "# job deleted.", other: "# jobs deleted." }),
  },
  notDone: (name: string, why: string) => `${name}: ${why}`,
  notDoneMore: (n: number) =>
    plural(n, { one: "# more was refused.", other: "# more were refused." }),
  refused: "The server can’t be reached.",

  first: {
    title: "No jobs yet",
    text: "A job is one training, from your data to a finished model. Here you see all of them: how far they are, how they go, and what they gave.",
    demo: (title: string) =>
      `New here? The demo trains a tiny “${title}” with data that comes along. It needs no GPU and no token, and is done within minutes. The first time, it also sets up the trainer.`,
    start: "Start the demo",
    own: "Make a job of your own",
    failed: "The demo could not be started",
  },
  nothing: {
    title: "No job fits",
    text: (n: number) =>
      plural(n, {
        one: "There is # job, but not one like this.",
        other: "There are # jobs, but none like this.",
      }),
    clear: "Show all jobs",
  },

  queue: {
    title: "In line for a GPU",
    summary: (n: number) =>
      plural(n, { one: "# job waits for a GPU", other: "# jobs wait for a GPU" }),
    help: "The first one starts as soon as a GPU is free. Drag to change the order, or use the arrow keys on a handle.",
    held: (name: string) => `In use by ${name}`,
    heldBy: "Now on a GPU:",
    change: "Change the order",
    failed: "The order could not be changed",
  },
};
