/** The first screen of a page without a server, and its end. */
export const visit = {
  title: "Keys",
  heading: "Train on a rented GPU, from this page alone",
  text: "Train a voice, or a LoRA from your pictures, on a GPU of RunPod that you pay by the second. This page has no server behind it: your keys stay in its memory, a reload forgets them, and nothing is stored anywhere.",
  idleForgot: "Your keys were forgotten",
  idleForgotText:
    "Nobody touched the page for as long as you had chosen. Pods go on and end by themselves: type your key again to see them.",
  keys: {
    RUNPOD_API_KEY: {
      label: "RunPod key",
      help: (host: string) =>
        `With the right to read and write, of an account that has some credit. It rents, follows and ends your pods (rented computers). It goes to ${host}, and never into a pod.`,
    },
    HF_TOKEN: {
      label: "Hugging Face token",
      help: (host: string) =>
        `For private datasets, and to push results. It goes to ${host}, and through RunPod into your pod.`,
    },
    HF_READ_TOKEN: {
      label: "Token that reads",
      help: () => "Takes the place of the one above for fetching data and base models.",
    },
    HF_WRITE_TOKEN: {
      label: "Token that writes",
      help: () => "Takes the place of the one above for pushing results.",
    },
  },
  optional: "optional",
  twoTokens: "Two tokens, one to read and one to write",
  idle: "Forget them after",
  idleHelp: "Without a touch of this page. Pods that run go on all the same.",
  idles: { 0: "Only when I say so", 15: "15 minutes", 30: "30 minutes", 60: "an hour" },
  enter: "Check the keys and begin",
  look: "Look around without a key",
  lookText: "Everything can be tried out and looked at; only renting needs the key.",
  make: "Make one",

  /** In place of what a server's secrets say. */
  secrets: {
    title: "Keys",
    text: "This page keeps them in its memory until you forget them or reload. Nothing is stored anywhere, and none is shown again.",
    onlyUs: "Only this page uses it. No pod is given it.",
    inMemory: "In the memory of this page",
    remembered: (name: string) => `${name} is in the memory of this page.`,
    forgetText: "The page forgets it. What runs keeps what it was given.",
    forgetKeyText:
      "The page forgets it, and the jobs that it shows with it. Their pods go on and end by themselves; with the key you find them again.",
  },
  removeText: "This page forgets it. What you downloaded or pushed to the Hub stays.",
  found: "Jobs of earlier visits are found again by your key, as long as their pods run.",
  draft: {
    keeps: "What you change is kept until a reload",
    kept: "Draft kept until a reload",
    why: "This page stores nothing. The job file keeps a draft for longer.",
  },
  data: {
    placeholder: "hf:owner/name",
    drop: "Or drop a folder or a .zip: it goes from this page to the pod, once that waits for it.",
    dropShort: "Or drop it here: it goes to the pod.",
    nothingYet:
      "A dataset on the Hugging Face Hub, as hf:owner/name, or files from this computer. What is on the Hub is looked up here; the rest is checked in the pod’s first minute, and a problem ends the pod.",
    sending: (name: string) => (name ? `Reading ${name}` : "Reading the files"),
    sent: (name: string) =>
      name ? `${name} is ready to be sent` : "The files are ready to be sent",
    keepOpen: "Keep this page open until they have reached the pod.",
  },
  where: {
    results:
      "They wait in the pod until you download them here, or until its end comes. With a repository they are pushed there as they appear.",
    stays: "Results stay in the pod, until you download them",
  },
  keepSecret: "Keep for this visit",
  keptInMemory: "It stays in this page’s memory alone.",
  session: {
    title: "This visit",
    text: "From typing your keys until they are forgotten.",
    idle: "Forget all keys after",
    forgetAll: "Forget all keys now",
    forgetAllText:
      "Pods go on and end by themselves. With the RunPod key you find their jobs again.",
    browserText: "Only until this page is closed or reloaded: nothing is stored.",
  },

  way: {
    usual: (runpod: string) => `Your key goes from this page straight to ${runpod}.`,
    direct: (runpod: string) => `Your key goes straight to ${runpod}.`,
    pass: (host: string, runpod: string) => `Your key goes through ${host} to ${runpod}.`,
    choose: "How the key travels",
    label: "To RunPod",
    straight: "Straight, where the browser allows it",
    straightText: (runpod: string) =>
      `To ${runpod}. If the browser refuses, you are asked before it goes any other way.`,
    through: "Through this site",
    throughText: (host: string) =>
      `${host} hands each request on to RunPod. Whoever runs ${host} could read your key on its way.`,
    noThrough: "This site was set up without a way of its own.",
    noOther:
      "No other address can be typed here: the browser lets this page talk only to the hosts that were named when the site was built.",
    failed: "That could not be changed",
    question: (host: string, runpod: string) => ({
      title: "The browser doesn’t let this page talk to RunPod directly",
      text: `Your key would travel through ${host}, which hands it on to ${runpod}. It is set up to keep and to log nothing, but whoever runs ${host} could read it. Nothing was sent yet.`,
      action: `Send it through ${host}`,
      cancel: "Don’t send it",
    }),
  },
  refused: {
    label: "Your RunPod key",
    title: "RunPod doesn’t know your key any more.",
    text: "It expired or was revoked. Jobs go on and are followed; to rent or to end a pod, give a new one.",
    give: "Give a new key",
    dialog: "A new RunPod key",
    dialogText: "It takes the place of the old one. Nothing that this page shows is forgotten.",
    check: "Check it and go on",
    taken: "RunPod takes the new key.",
  },
  connection: {
    lost: "This computer is offline.",
    lostMore: "Jobs go on in their pods; the page catches up once the network is back.",
    back: "Online again",
  },
  forget: "Forget keys",
  forgotten: "All keys are forgotten",
  runpodPage: "https://console.runpod.io/user/settings",
  hubPage: "https://huggingface.co/settings/tokens",
};
