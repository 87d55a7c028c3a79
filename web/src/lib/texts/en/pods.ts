import { plural } from "../plural";

/** What is rented: every pod of the account. */
export const pods = {
  title: "Pods",
  none: {
    title: "No pods now",
    text: "A pod is a rented computer with a GPU. A job that runs on RunPod gets one for as long as it takes, and ends it. While one runs, it stands here with what it costs.",
    noKeyTitle: "Nothing can be rented yet",
    noKey: "To rent one, Tuneyard needs a key of your RunPod account.",
    giveKey: "Give a key in Settings",
    otherKey: "Give another key",
  },
  failed: "It is not known which pods there are",
  old: (seconds: number) => `What stands here was heard ${seconds} s ago.`,

  balance: "On the account",
  balanceUnknown: "not told",
  spends: "Spends now",
  lasts: "Lasts for",

  started: "started",
  noGpu: "no GPU",
  costUnknown: "cost not known",
  open: (name: string) => `Open the pod of ${name} at RunPod`,
  /** Of a pod whose job is over, and whose results nobody else fetches. */
  waits: "waits for you",
  whose: {
    job: "of a job",
    ending: "ending",
    orphan: "nobody’s",
    elsewhere: "started elsewhere",
    other: "not Tuneyard’s",
  },
  statuses: {
    PROVISIONING: "being set up",
    STARTING: "starting",
    RUNNING: "running",
    EXITED: "stopped",
    ERROR: "has an error",
    TERMINATED: "ended",
  } as Record<string, string>,

  end: {
    button: "End",
    ending: "Ending…",
    label: (name: string) => `End the pod of ${name}`,
    title: (name: string) => `End the pod of ${name}?`,
    action: "End the pod",
    ofJob:
      "Its job still runs there, and stops at once. To keep what it has learnt, stop the job instead: it then saves a checkpoint and ends the pod itself.",
    ofEnding: "Its job is over, and its results are on their way here. It ends itself after that.",
    ofWaiting: "Its job is over, and it keeps what that made until you have fetched it.",
    ofOrphan: "Its job is over or deleted, and nothing here looks after it any more.",
    ofElsewhere:
      "Another Tuneyard started it: on another computer, or with another home. Its job may still run there.",
    ofOther: "Tuneyard didn’t start it. You, or somebody with your account, did.",
    lostSince: "What was trained since the last checkpoint that came home",
    lostResults: "Results that have not come home yet",
    lostThere: "All that is only there",
    agree: "I know what runs there, and want to end it",
    done: (name: string) => `The pod of ${name} is gone.`,
    failed: "The pod could not be ended",
  },

  endAll: {
    button: "End all…",
    title: (n: number) => plural(n, { one: "End # pod?", other: "End all # pods?" }),
    text: "Jobs that run there stop at once. To keep what one has learnt, stop that job instead.",
    lost: (name: string) => `${name}: all that is only there`,
    agree: "I know what runs there, and want to end all of it",
    action: "End all of them",
    done: "All of them are gone.",
    failed: "Not all of them could be ended",
  },

  sweep: {
    found: (n: number) =>
      plural(n, { one: "# pod is nobody’s any more", other: "# pods are nobody’s any more" }),
    foundText: (n: number, dollars: string) =>
      plural(n, {
        one: `It was started from here, and its job is over. It costs ${dollars} an hour until it is ended.`,
        other: `They were started from here, and their jobs are over. They cost ${dollars} an hour until they are ended.`,
      }),
    button: (n: number) => plural(n, { one: "End it…", other: "End them…" }),
    title: (n: number) =>
      plural(n, { one: "End # pod that is nobody’s?", other: "End # pods that are nobody’s?" }),
    text: "Each was started from here, and its job is over or deleted.",
    lost: (name: string) => `${name}: all that is only there`,
    action: (n: number) => plural(n, { one: "End # pod", other: "End # pods" }),
    done: (n: number) => plural(n, { one: "# pod is gone.", other: "# pods are gone." }),
    nothing: "There is none to end any more.",
    failed: "They could not be ended",
  },
};
