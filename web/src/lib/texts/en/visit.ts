/** The first screen of a page without a server, and its end. */
export const visit = {
  title: "Keys",
  heading: "Train on a rented GPU, from this page alone",
  text: "This page has no server behind it. Your keys stay in its memory: a reload forgets them, and nothing is stored anywhere.",
  idleForgot: "Your keys were forgotten",
  idleForgotText:
    "Nobody touched the page for as long as you had chosen. Pods go on and end by themselves: type your key again to see them.",
  keys: {
    RUNPOD_API_KEY: {
      label: "RunPod key",
      help: (host: string) =>
        `Rents, follows and ends your pods. It goes to ${host}, and never into a pod.`,
    },
    HF_TOKEN: {
      label: "Hugging Face token",
      help: (host: string) =>
        `For private datasets, and to push results. It goes to ${host}, and through RunPod into your pod.`,
    },
    HF_READ_TOKEN: {
      label: "Token that reads",
      help: () => "Takes the place of the one above for fetching data and bases.",
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
  forget: "Forget keys",
  forgotten: "All keys are forgotten",
  runpodPage: "https://console.runpod.io/user/settings",
  hubPage: "https://huggingface.co/settings/tokens",
};
