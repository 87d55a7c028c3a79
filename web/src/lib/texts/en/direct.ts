/** What the page says that talks to RunPod and to pods itself, without a server. */
const KEYS = "Make one at console.runpod.io, under Settings, API Keys.";

export const direct = {
  runpod: {
    noKey: "No key of RunPod is known here.",
    key: "RunPod doesn’t know this key: it may be mistyped, expired or revoked.",
    keyStep: KEYS,
    mayNot: "RunPod knows this key, but it may not see or change pods.",
    mayNotStep:
      "Give it the right to read and write at console.runpod.io, under Settings, API Keys.",
    gate: "RunPod’s gate turned the request away before it looked at the key (HTTP 403).",
    gateStep: "Try again from another network; a proxy or VPN is often the cause.",
    busy: "RunPod asks for fewer requests.",
    busyStep: (soon: string) => `Try again in ${soon}.`,
    balance: (said: string) =>
      `There isn’t enough money on the RunPod account.${said ? ` RunPod says: ${said}` : ""}`,
    balanceStep: "Add credit at console.runpod.io, under Billing.",
    capacity: "RunPod has none of these GPUs free now.",
    capacityStep: "Choose another GPU, allow both clouds or more data centers, or try again later.",
    refused: (status: number, said: string) =>
      `RunPod refused the request (HTTP ${status}): ${said}`,
    noReason: "it gives no reason.",
    refusedStep: "Change what it names in the job’s compute settings, and start again.",
    offline: (host: string) => `RunPod at ${host} can’t be reached.`,
    offlineStep: "Check the network, then try again.",
    barred: (host: string) =>
      `The browser doesn’t let this page talk to ${host}: RunPod hasn’t allowed pages of others.`,
    barredStep: "Allow the key to travel through this site’s own host, or use Tuneyard’s app.",
    barredNoPassStep: "This site has no way of its own to RunPod. Use Tuneyard’s app.",
    trouble: (status: number) => `RunPod has trouble of its own (HTTP ${status}).`,
    troubleStep: "Try again later.",
    strange: "What answers doesn’t speak as RunPod does.",
    strangeStep: "Check the network; a proxy or a sign-in page may stand between.",
    endless: "RunPod’s list goes on in a way that this version of Tuneyard can’t follow.",
    endlessStep: "Look at console.runpod.io yourself.",
    unsure: "RunPod was asked for a pod, and its answer was lost: there may be one.",
    unsureStep: "See the list of pods before anything is started again.",
    stillThere: (pod: string) => `The pod ${pod} was told to end, and is still there.`,
    stillThereStep: "See on console.runpod.io whether it runs, and end it there.",
  },
  jobFile: {
    tooLarge: "This is too large for a job file.",
    toml: (why: string) => `This is not valid TOML: ${why}.`,
    tomlStep: "A value that is text needs quotes; a name stands before “=”.",
    line: (line: number) => `line ${line}`,
    format: "This job file is of another format than this page knows.",
    longName: "The name is longer than 100 characters.",
    textName: "The name has to be a text, in quotes.",
    missing: (field: string) => `“${field}” is missing.`,
    noRecipe: (name: string) => `There is no recipe “${name}” here that can run in a pod.`,
    noCompute: (name: string) => `There is no compute “${name}”.`,
    thereAre: (names: string) => `There are: ${names}.`,
    thereIs: (name: string) => `There is: ${name}.`,
    noSetting: (field: string) => `There is no setting “${field}”.`,
    atHome: (title: string) =>
      `“${title}” is done by Tuneyard on a computer of yours while the pod runs. This page alone can’t.`,
    atHomeStep: "Take it out of the file, or run the file with Tuneyard itself: tuneyard run.",
  },
  paths: {
    local: (title: string) =>
      `“${title}” names a file or folder of some computer, which neither this page nor the pod can read.`,
    step: "Pick it here again, or put it on the Hugging Face Hub and write hf:owner/name.",
    modelStep:
      "Write hf:owner/name, or hf:owner/name/file, of one on the Hugging Face Hub: the pod fetches it there.",
    programStep:
      "Leave it empty: the pod brings its own. Or name the image that has it, where the job runs.",
    forgotten: "What was picked here is gone: a reload forgets it.",
  },
  credit: {
    tooLittle: (have: string, hour: string) =>
      `The RunPod account has ${have}, and an hour of this pod costs ${hour}.`,
    step: "Add credit at console.runpod.io, under Billing.",
    overTheLimit: (limit: string, spend: string) =>
      `RunPod lets this account spend ${limit} an hour, and with this pod it would be ${spend}.`,
    limitStep: "End another pod, or ask RunPod for a higher limit.",
    mayRunOut: (have: string, long: string, others: string) =>
      `The RunPod account has ${have}, which lasts for ${long}` +
      `${others ? `, beside ${others} an hour for other things` : ""}: less than this job may take. ` +
      "When it is used up, RunPod ends the pod with all that lies on it.",
    lessStep: "Add credit at console.runpod.io, under Billing. Or allow the job less.",
  },
  ends: {
    noRoom: "No GPU was free at RunPod: all offers were tried, again and again. Nothing was paid.",
    noRoomStep: "Allow more GPUs, or both clouds, or try again later.",
    noOffer: "RunPod has no GPU that this job could run on.",
    noOfferStep:
      "Look at the offers, which say what is against each. Allow more GPUs, clouds or dollars.",
    neverAnswered: (said: string) =>
      `The pod was rented, but never answered, and was ended.${said ? ` Its last words: ${said}` : ""}`,
    neverAnsweredStep: "Start the job again; with another image or GPU if this repeats.",
    stoppedOutside: "The pod was stopped from outside: by hand, or for lack of credit.",
    endedHere: "Its pod was ended by hand here, from the list of pods.",
    vanished: "The pod is gone, and nobody here ended it.",
    goOnStep:
      "Start it again: with a repository, it goes on from the newest checkpoint that was pushed.",
    resultsLost:
      "The training came to its end, but the pod was gone before its results were fetched.",
    resultsLostStep: "Name a repository next time: then results are pushed from the pod itself.",
  },
  site: {
    unread: (file: string, why: string) => `This site’s own file ${file} can’t be read: ${why}.`,
    noAnswer: "no answer",
    unreadStep: "Check the network, then try again.",
  },
  says: {
    noneFree: "No offer has a free GPU now; they are tried again.",
    refuses: (said: string) => `The pod’s face refuses: ${said}`,
    silent: "The pod doesn’t answer for the moment.",
    silentStep: "Try again in a while. How it is stands at the top of the job.",
    nothingYet: "The pod is there, and has said nothing yet.",
    noProgram: "This site has no program for a job with these settings.",
  },
  inputs: {
    recipe: "the recipe", // as a pod says that it waits for it
    empty: "Nothing was picked that could be sent: hidden files stay here.",
    unreadable: (why: string) => `What was picked can’t be read any more${why ? `: ${why}` : ""}.`,
    unreadableStep: "Pick it again: it may have been changed or moved.",
    refused: (name: string, said: string) => `The pod refuses ${name}: ${said}`,
    otherToken: "Its token is another one: is it this job’s pod?",
    tooLarge: "Something on the way refuses even small requests: try another network.",
    changed: "It may have changed here meanwhile: start the job again.",
    largerDisk: "Start the job with a larger disk.",
  },
  jobs: {
    noJob: (id: string) => `This page knows no job “${id}”.`,
    noJobStep: "Its pod may have ended. What was pushed lies in its repository.",
    podGone: "The pod of this job has ended, and what was in it is gone.",
    podGoneStep: "What was pushed lies in its repository.",
    notOver: "The job has not ended: its pod still costs.",
    notEnded: "The job has not ended.",
    cannotSave: "The job is not at work on what can be saved.",
    stopFirst: "Stop it first, or end its pod.",
    notHere: "A page without a server can’t do this.",
    notHereStep: "Use Tuneyard’s app, or its command line.",
  },
  secrets: {
    about: {
      HF_TOKEN: "Hugging Face: used for reading and writing where no other is given",
      HF_READ_TOKEN: "Hugging Face: reads datasets and base models",
      HF_WRITE_TOKEN: "Hugging Face: pushes what was trained",
      HF_BASE_TOKEN: "Hugging Face: reads a base model that needs a token of its own",
      WANDB_API_KEY: "Weights & Biases: takes the figures of trainings that send them there",
      RUNPOD_API_KEY: "RunPod: rents GPUs",
    },
    unknown: (name: string) => `Tuneyard knows no secret called “${name}”.`,
    empty: (name: string) =>
      `This can’t be ${name}: it is empty, too long, or has other signs in it than keys have.`,
    unheld: (name: string) => `Nobody holds ${name} here.`,
    unheldStep: "Give it first; then it can be tested.",
    untested: "Tuneyard doesn’t know how to try this one.",
    taken: "RunPod takes this key.",
    pods: (count: number, spend: string) =>
      count === 0
        ? "No pod runs there now."
        : `${count === 1 ? "1 pod runs" : `${count} pods run`} there now, for ${spend} an hour.`,
    hubAway: "The Hugging Face Hub can’t be reached.",
    hubRefuses:
      "The Hugging Face Hub doesn’t know this token: it may be mistyped, expired or revoked.",
    hubStep: "Make one at huggingface.co/settings/tokens.",
    hubTrouble: (status: number) => `The Hugging Face Hub has trouble of its own (HTTP ${status}).`,
    later: "Try again later.",
    owner: (name: string) => `This token belongs to ${name}.`,
    fine: (reads: string, writes: string) =>
      reads || writes
        ? `It may ${[reads && `read ${reads}`, writes && `write to ${writes}`].filter(Boolean).join(" and ")}.`
        : "It may use no repository.",
    writesTo: (names: string) => `It may read and write to ${names}.`,
    readsAll: (owner: string) => `It may read all that ${owner} may, and write nothing.`,
    writeStep: "Make one that may write at huggingface.co/settings/tokens.",
  },
  check: {
    later:
      "The recipe’s own rules and all of the data are checked in the pod’s first minutes; on a problem it ends itself.",
    secret: (name: string) => `The job needs ${name}, which this page was not given.`,
    secretStep: "Give it under Secrets, before the start.",
    repository: (name: string) => `“${name}” is no repository on the Hugging Face Hub.`,
    repositoryStep: "Write owner/name.",
    folder: (name: string) => `“${name}” is no folder inside a repository.`,
    folderStep: "Write a path without a leading slash and without “..”.",
    large: (size: string, most: string) =>
      `The job’s settings take ${size} bytes of the pod’s request, where ${most} have room.`,
    largeStep: "Make them shorter: a long script goes to an address.",
  },
  plan: {
    estimate: "Speed and memory are unknown until the first steps.",
    confirm: "The results are nowhere else until they were downloaded from the pod.",
    recipeAlone:
      "The recipe itself travels after the pod has started: keep this page open until then.",
    travels:
      "It travels to the pod, which costs while it waits for it; how long that takes is unknown until it begins.",
    pushed: (repository: string) =>
      `Checkpoints, samples and the result are pushed to ${repository} from the pod as they appear.`,
    waits: (hours: number | null) =>
      "When the training has ended, the pod keeps its results and waits, at its full price, " +
      `${hours === null ? "until its limits" : `for ${hours} h at most`}; what nobody downloaded until then is lost.`,
  },
};
