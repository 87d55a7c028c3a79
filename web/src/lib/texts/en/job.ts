import { plural } from "../plural";

/** One job: its head, its phases, what went wrong, and what one can do. */
export const job = {
  title: "Job",
  /** In the browser's tab. */
  tabTitle: (name: string, state: string, share: string) =>
    [state, share].filter(Boolean).join(" ") + ` · ${name}`,
  became: (name: string, state: string) => `${name}: ${state}`,

  tabs: {
    label: "Views of this job",
    log: "Log",
    charts: "Charts",
    samples: "Samples",
    files: "Files",
    settings: "Settings",
    failed: "This view could not be loaded",
  },

  failedToLoad: "The job could not be loaded",
  gone: "This job is not here",
  goneText: "It was deleted, or the address has a mistake.",
  deleted: "This job was deleted",
  deletedText: "It was deleted in another window or by a command, with all that it made here.",
  toJobs: "Go to the jobs",

  facts: {
    label: "At a glance",
    progress: (name: string) => `Progress of ${name}`,
    ran: "running for",
    took: "took",
    ended: "ended",
    attempt: (n: number) => `attempt ${n}`,
    on: (place: string) => `on ${place}`,
    cloud: (cloud: string) => `(${cloud.toLowerCase()})`,
    pod: "The pod at RunPod",
    soFar: (dollars: string) => `${dollars} so far`,
    cost: (dollars: string) => `cost ${dollars}`,
    endsItself: (time: string) => `ends itself at ${time}`,
    endsItselfTitle: (moment: string) =>
      `Whatever happens, also if this computer is off, the pod ends itself at ${moment}.`,
    here: "on this computer",
    repository: "On the Hugging Face Hub",
    leftUnknown: "time left not known yet",
  },

  phases: {
    label: "Phases",
    prepare: "prepare",
    train: "train",
    finish: "finish",
    states: {
      done: "done",
      running: "running",
      failed: "failed",
      stopped: "stopped",
      lost: "lost",
      waiting: "not begun",
    },
    steps: (phase: string) => `Steps of “${phase}”`,
    none: "This phase has no steps.",
    exit: (code: number) => `exit code ${code}`,
    killed: (signal: number) => `killed by signal ${signal}`,
    earlier: (attempt: number) => `done in attempt ${attempt}`,
    toLog: (title: string) => `Show “${title}” in the log`,
  },

  waiting: {
    next: "It is next in line for a GPU, and starts as soon as one is free.",
    inLine: (n: number) =>
      plural(n, {
        one: "It waits for a GPU. # job is before it.",
        other: "It waits for a GPU. # jobs are before it.",
      }),
    order: "Change the order",
    notStarted: "This job was made, but not started.",
    start: "Start",
  },

  rents: {
    offer: "Looking for a free GPU at RunPod",
    offerText: "The GPUs that fit are tried one after the other. Nothing costs yet.",
    pod: "Waiting for the pod to answer",
    podText: "It is rented, and gets its image and starts. This takes some minutes at times.",
    inputs: "Data is on its way to the pod",
    inputsText: "If the connection breaks off, it goes on from where it was.",
    pushing: "Data is on its way to the Hub",
    pushingText:
      "No pod is rented yet: this costs nothing. What is there already is not sent again.",
    push: "The last checkpoint is being pushed",
    pushText: "It goes to the job’s repository. “Stop now” does without.",
    results: "The training is over; results are on their way home",
    resultsText: "They come from the pod, which waits for that, or from where it pushed them.",
    end: "The pod is being ended",
    endText: "This page says so once it is gone for certain.",
    sending: "Data sent",
    sent: (sent: string) => `${sent} sent`,
  },

  /** A pod that trains, and doesn’t answer. */
  silent: {
    title: "The pod can’t be heard for the moment",
    heard: (ago: string) => `It was heard ${ago} ago.`,
    text: "It goes on by itself; the page catches up as soon as it answers.",
  },

  /** Where results are fetched by hand, from the pod itself. */
  collect: {
    title: "The training is over, and its results wait in the pod",
    partly: "What it made by then waits in the pod",
    text: "Download what you want to keep, then end the pod.",
    nothing: "The job has ended in its pod, without results",
    nothingText:
      "Its log and its other files can be read as long as the pod is there. Then end it.",
    pushed: (repository: string) =>
      `They were pushed to ${repository}. What else you want of them, download now; then end the pod.`,
    costs: (anHour: string, ends: string) =>
      `Until then it costs ${anHour} an hour; it ends itself ${ends}.`,
    files: "All files",
    end: "I have all I need: end the pod",
    question: "End the pod?",
    questionText: "It stops costing, and all that is in it is gone for good.",
    lost: "Every file that was neither downloaded nor pushed",
    action: "End the pod",
  },

  story: {
    label: "What has happened so far",
    title: "The log begins here once the pod runs",
    tried: (gpu: string, cloud: string) => `Asked for ${gpu} (${cloud.toLowerCase()})`,
    outcomes: {
      "no-capacity": "none free",
      taken: "rented",
      lost: "no answer came; no pod was made",
    } as Record<string, string>,
    attempt: (n: number) => `Attempt ${n} begins`,
    leftOut: (n: number) =>
      plural(n, { one: "… # line is left out here", other: "… # lines are left out here" }),
  },

  needs: {
    title: (n: number) =>
      plural(n, {
        one: "This job waits for a secret",
        other: "This job waits for # secrets",
      }),
    text: "Nobody holds it any more, for example since Tuneyard was restarted. The job goes on as soon as you give it.",
    keep: "Keep it",
    keeps: {
      memory: "until Tuneyard ends",
      keyring: "in the system’s keyring",
      file: "in a file that only you can read",
    },
    give: "Give it and go on",
    giveAll: "Give them and go on",
    failed: "The secret could not be given",
  },

  stop: {
    label: "Stop this job",
    text: "Stop",
    stopping: "Stopping…",
    saving: "saving a checkpoint before it stops",
    ending: "ending now",
    save: "Stop and save",
    saveDetail: "Saves a checkpoint first, to go on from.",
    unbegun: "Training has not begun; nothing is lost.",
    now: "Stop now",
    nowDetail: "Ends at once, without saving.",
    queued: "Take out of the line",
    saveTitle: "Stop and save?",
    saveText: "The trainer saves a checkpoint and ends. You can resume from there at any time.",
    saveBefore: "Training has not begun, so there is nothing to save. You can resume at any time.",
    nowTitle: "Stop now?",
    nowText: "It ends at once. You can resume from the last checkpoint.",
    nowFromStart: "It ends at once. There is no checkpoint yet, so a resume begins anew.",
    lostSince: (place: string, ago: string) => `What was trained since ${place}, saved ${ago}`,
    lostAll: "All that was trained so far",
    lostStep: "What the current step has done so far",
    failed: "It could not be stopped",

    /** Of what runs on a pod. */
    pod: {
      cancel: "Stop and end the pod",
      saveDetail: "Saves a checkpoint, brings it home, and ends the pod.",
      nowDetail: "Ends the pod at once.",
      saveText:
        "The trainer saves a checkpoint, which is brought home or pushed; then the pod is ended. Until then it costs. You can resume on another pod at any time.",
      saveBefore: "Training has not begun, so there is nothing to save. The pod is ended.",
      nowText:
        "The pod is ended at once. You can resume from the last checkpoint that came home or was pushed.",
      nowFromStart:
        "The pod is ended at once. There is no checkpoint yet, so a resume begins anew.",
      lostThere: "Samples and checkpoints that are only in the pod",
    },

    /** The same where nobody brings home what is in the pod. */
    there: {
      saveDetail: "Saves a checkpoint, and waits until you have fetched what you need.",
      saveText:
        "The trainer saves a checkpoint. The pod then waits, and costs, until you have downloaded what you need and end it, or until its end comes.",
      saveBefore:
        "Training has not begun, so there is nothing to save. The pod waits until you end it.",
      nowText:
        "The training ends at once, without saving. The pod waits until you have downloaded what you need.",
      nowFromStart:
        "The training ends at once; there is no checkpoint yet. The pod waits until you end it.",
    },
  },

  resume: {
    text: "Resume",
    more: "Train more…",
    change: "Resume with changes…",
    changeDetail: "More epochs, a smaller batch, …",
    title: "Resume with changes",
    titleMore: "Train more",
    help: "These settings may change between attempts. The job goes on from its newest checkpoint.",
    nothing: "The recipe lets no settings change between attempts.",
    go: "Resume",
    goWith: (n: number) =>
      plural(n, { one: "Resume with # change", other: "Resume with # changes" }),
    failed: "It could not be resumed",
    loading: "The settings could not be loaded",
    started: "The job goes on.",
  },

  save: {
    now: "Save a checkpoint now",
    detail: "The training goes on.",
    saving: "Saving a checkpoint…",
    savingDetail: "It comes at the end of the current step.",
    saved: (place: string) => `A checkpoint was saved${place ? ` at ${place}` : ""}`,
    none: "No checkpoint was saved",
    failed: "It could not be asked to save",
  },

  /** What was made on the way, and can be tried at once. */
  saved: {
    label: "Newest result",
    newest: "Newest:",
    try: "try it while the training goes on",
    elsewhere: "on its way here",
    download: "Download the newest",
    use: "How to use it",
    all: (n: number) => plural(n, { one: "What was saved so far", other: "All # saved so far" }),
  },

  menu: {
    label: "More for this job",
    copy: "New job from this one",
    file: "Download the job file",
    remove: "Delete…",
    running: "Stop it first.",
  },

  remove: {
    title: (name: string) => `Delete ${name}?`,
    text: "Deleted for good. What you downloaded or pushed to the Hub stays.",
    checkpoints: "Its checkpoints, from which it could be resumed",
    outputs: (n: number) => plural(n, { one: "# result", other: "# results" }),
    samples: (n: number) => plural(n, { one: "# sample", other: "# samples" }),
    log: (size: string) => `Its log (${size}) and figures`,
    action: "Delete the job",
    failed: "It could not be deleted",
    done: (name: string) => `${name} was deleted.`,
  },

  failure: {
    failedIn: (step: string, time: string, place: string) =>
      `“${step}” failed` + (time ? ` after ${time}` : "") + (place ? `, at ${place}` : "") + ".",
    failed: "The job failed.",
    resultsLost: "The results are lost",
    noCause: "It failed without saying why.",
    lost: "Nobody knows how this job ended",
    lostText:
      "The processes that watched it were killed, or the computer was restarted. What was saved is there.",
    podWaits:
      "Its pod waits for you to fetch what there is. Once it has ended, the job can be resumed.",
    podEnds: "What there is comes home now, and its pod ends. After that the job can be resumed.",
    stopped: "Stopped on request",
    stoppedWith: (place: string) =>
      `A checkpoint of ${place} is kept. Resume, and it goes on from there.`,
    stoppedWithout: "There was no checkpoint yet, so a resume begins anew.",
    goesOnFrom: (place: string) => `A resume goes on from the checkpoint of ${place}.`,
    noCheckpoint: "There is no checkpoint, so a resume begins anew.",
    cause: "Likely cause",
    step: "Next step",
    /** “batch size to 8” */
    change: (title: string, value: string) => `${title} to ${value}`,
    fix: (changes: string) => `Set ${changes}, and resume`,
    fixMany: (n: number) =>
      plural(n, { one: "Resume with this change", other: "Resume with these # changes" }),
    lines: "The last lines of the log",
    noLines: "The log is empty.",
    toLog: "Read the log",
    epoch: (n: string) => `epoch ${n}`,
    stepNumber: (n: string) => `step ${n}`,
  },

  warnings: {
    title: (n: number) => plural(n, { one: "# warning", other: "# warnings" }),
  },
};
