import { plural } from "../plural";

/** This computer: what it has, what it does, who waits for it, what lies on its disk. */
export const computer = {
  title: "This computer",
  up: (time: string) => `on for ${time}`,
  python: (version: string) => `Python ${version}`,
  stale: (ago: string) => `Last heard ${ago} ago`,
  failed: "The figures of this computer could not be read.",
  unknown: "not known",
  measuring: "…",

  gpus: {
    title: "GPUs",
    driver: (version: string) => `NVIDIA driver ${version}`,
    number: (index: number) => `GPU ${index}`,
    free: "free",
    holds: (job: string) => `Held by ${job}`,
    rehearsal:
      "Only stands in for a GPU, to rehearse the queue (TUNEYARD_GPUS is set). It has no figures.",
    use: "Use",
    memory: "Memory",
    temperature: "Temperature",
    power: "Power",
    celsius: (degrees: string) => `${degrees} °C`,
    watts: (watts: string) => `${watts} W`,
    wattsOf: (watts: string, limit: string) => `${watts} / ${limit} W`,
    none: "No NVIDIA GPU was found",
    noneText:
      "Training works here all the same, on the processor. That is enough for the demo and for very small networks; a larger one takes many times longer than on a GPU.",
    noneHelp:
      "If there is one in this computer, its driver is missing or doesn’t answer. This command says what it sees:",
    noneCommand: "tuneyard doctor",
    noneCopy: "Copy the command",
  },

  load: {
    title: "Processor, memory and disks",
    cpu: "Processor",
    cores: (n: number) => plural(n, { one: "# core", other: "# cores" }),
    load: (now: string) => `load ${now}`,
    loadHelp: "Programs that ran or waited to run, on average over the last minute",
    memory: "Memory",
    available: (size: string) => `${size} available`,
    disk: "Disk",
    holds: {
      home: "Tuneyard’s folder",
      system: "the system",
      both: "Tuneyard’s folder and the system",
      neither: "another place",
    },
    free: (size: string) => `${size} free`,
    nearlyFull: "nearly full",
  },

  queue: {
    empty: "No job waits for a GPU.",
    failed: "It could not be read who waits for a GPU.",
  },

  disk: {
    title: "Disk",
    home: (path: string) => `What Tuneyard keeps in ${path}`,
    counting: "still counting",
    atLeast: (size: string) => `at least ${size}`,
    bar: "What the disk is used for",
    others: "other things",
    free: "free",
    failed: "What lies on the disk could not be read.",
    look: "Count again",
    kinds: {
      environments: "Environments",
      models: "Models",
      caches: "Caches",
      uploads: "Uploads",
      jobs: "Jobs",
    },
    about: {
      environments: "The trainers’ own Pythons, shared by jobs that need the same.",
      models: "Models’ files from the Hub, shared by jobs that train from the same.",
      caches: "What else was downloaded: bases, datasets of the Hub, trainers’ code.",
      uploads: "Datasets that were dropped into the browser.",
      jobs: "Each with its checkpoints, its log and what it made. A job is deleted on its own page.",
    },
    none: {
      environments: "None was built yet. The first job of a recipe builds one.",
      models: "No model was downloaded yet.",
      caches: "Nothing was downloaded yet.",
      uploads: "Nothing was uploaded.",
      jobs: "There is no job yet.",
    },
    largest: (shown: number, all: number) =>
      plural(all, { one: `the largest ${shown} of #`, other: `the largest ${shown} of #` }),
    states: { unused: "not used", "in-use": "in use", unfinished: "not ended" },
    usedBy: "Used by",
    moreJobs: (n: number) => plural(n, { one: "and # more", other: "and # more" }),
    choose: (name: string) => `Choose ${name}`,
    chooseAll: (kind: string) => `Choose all: ${kind}`,
    chooseUnused: "Choose what is not used",
    chosen: (n: number, size: string) =>
      plural(n, { one: `# chosen, ${size}`, other: `# chosen, ${size}` }),
    clear: "Choose nothing",
    clean: "Clean…",
    ask: {
      title: (n: number) => plural(n, { one: "Clean this?", other: "Clean these #?" }),
      text: (size: string) =>
        `It frees ${size}, and can’t be undone. Jobs and what they made stay.`,
      lost: (name: string, size: string, note: string) => `${name}, ${size}. ${note}`,
      action: (size: string) => `Clean, free ${size}`,
    },
    cleaned: (size: string) => `${size} freed.`,
    nothingCleaned: "Nothing was cleaned.",
    refused: (n: number) => plural(n, { one: "One thing was left:", other: "# things were left:" }),
    dismiss: "All right",
    notCleaned: "It could not be cleaned.",
  },
};
