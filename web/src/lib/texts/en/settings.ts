import { plural } from "../plural";

/** Settings: secrets, profiles, and how this browser shows Tuneyard. */
export const settings = {
  title: "Settings",

  secrets: {
    title: "Secrets",
    text: "Keys and tokens that jobs and Tuneyard need. A value is sent to the server once, and never shown again.",
    failed: "It could not be read which secrets there are.",
    onlyUs: "Only Tuneyard itself uses it. No job on this computer is given it.",

    unset: "Not set",
    covered: (other: string) => `Not set. ${other} is used in its place.`,
    kept: {
      memory: "In the memory of this server",
      keyring: "In this system’s keyring",
      file: "In a file that only you can read",
      environment: "In the environment of this server",
    },
    ends: (ending: string) => `ends with ${ending}`,
    readOnly: "Set where Tuneyard was started, so it can only be changed there.",
    ofAll: "As for all jobs",
    own: "Of this profile’s own",
    ownGone:
      "Had a value of its own, which is gone. Jobs under this profile wait for it; the value for all jobs is not used in its place.",

    set: "Set",
    setLong: (name: string) => `Set ${name}`,
    replace: "Replace",
    replaceLong: (name: string) => `Replace ${name}`,
    forget: "Forget",
    forgetLong: (name: string) => `Forget ${name}`,
    test: "Test",
    testLong: (name: string) => `Test ${name}`,

    value: "Value",
    valueHelp: "It is shown as dots, and this browser doesn’t keep it.",
    /** Where one is made, by how the secret's name begins. */
    pages: {
      HF_: { title: "Make one on the Hub", address: "https://huggingface.co/settings/tokens" },
      RUNPOD_: {
        title: "Make one at RunPod",
        address: "https://console.runpod.io/user/settings",
      },
      WANDB_: { title: "Copy it at Weights & Biases", address: "https://wandb.ai/authorize" },
    },
    keep: "Where to keep it",
    keeps: {
      memory: {
        label: "In memory, until this server ends",
        detail:
          "Nothing is written down. After a restart, jobs that need it wait until you set it again.",
      },
      keyring: {
        label: "In this system’s keyring",
        detail:
          "Encrypted while you are logged out. While you are logged in, programs of yours can ask for it.",
      },
      file: {
        label: "In a file that only you can read",
        detail:
          "Lies unencrypted in Tuneyard’s folder. Whoever can read your files or backups can read it.",
      },
    },
    noKeyring: "There is no keyring on this computer.",
    keepIt: "Keep it",
    testFirst: "Test it first",
    wasKept: {
      memory: (name: string) => `${name} is kept in memory, until this server ends.`,
      keyring: (name: string) => `${name} is kept in this system’s keyring.`,
      file: (name: string) => `${name} is kept in a file that only you can read.`,
    },

    forgetTitle: (name: string) => `Forget ${name}?`,
    forgetText:
      "Its value is removed from where it is kept. Jobs that run keep what they were given; a job that needs it later waits until you set it again.",
    forgetOwnText:
      "This profile’s own value is removed. From then on, the value for all jobs is used.",
    forgetAction: "Forget it",
    forgotten: (name: string) => `${name} was forgotten.`,
    notForgotten: "It could not be forgotten.",

    testing: "Asking those who gave it…",
    tested: {
      good: "It works",
      bad: "It can’t do what it is for",
      unknown: "That could not be found out",
    },
    repository: "Try it on a repository",
    repositoryHelp: "owner/name on the Hub. Nothing is changed there.",
    tryIt: "Try it",
    closeTest: "Close",
  },

  profiles: {
    title: "Profiles",
    text: "A set of secrets and of defaults for new jobs, such as one for work and one for yourself. You choose it where you start a job.",
    failed: "The profiles could not be read.",
    none: "No profile yet. Without one, all jobs use the secrets above and the recipes’ own defaults.",
    create: "New profile",
    secrets: (n: number) =>
      plural(n, { one: "# secret of its own", other: "# secrets of its own" }),
    defaults: (n: number) => plural(n, { one: "# default", other: "# defaults" }),
    nothing: "nothing of its own yet",
    titleField: "Title",
    titleHelp: "For you to know it by.",
    nameField: "Name",
    nameHelp: "For commands: small letters, digits and dashes. It can’t change later.",
    taken: (name: string) => `There is a profile ${name} already.`,
    createTitle: "New profile",
    createAction: "Make it",

    back: "Settings",
    gone: "There is no such profile",
    goneText: "It may have been deleted.",
    rename: "Save the title",
    renamed: "Saved.",
    notSaved: "It could not be saved.",
    secretsText:
      "A secret that is set here is used in place of the one for all jobs. The others stay as they are.",
    remove: "Delete the profile",
    removeTitle: (title: string) => `Delete the profile ${title}?`,
    removeText: "Jobs that ran under it stay, with all that they made.",
    removeSecrets: (names: string) => `Its own secrets: ${names}`,
    removeDefaults: (n: number) => plural(n, { one: "Its default", other: "Its # defaults" }),
    removed: (title: string) => `The profile ${title} was deleted.`,
    notRemoved: "It could not be deleted.",

    defaultsTitle: "Defaults for new jobs",
    defaultsText:
      "A new job under this profile begins with these values. Each can still be changed there.",
    recipe: "Recipe",
    saving: "Saving…",
    saved: "Saved",
    recipeFailed: "The settings of this recipe could not be read.",
    recipeGone: (name: string) =>
      `The recipe ${name} is not installed any more, so its defaults keep others from being saved.`,
    dropRecipe: "Remove its defaults",
  },

  browser: {
    title: "This browser",
    text: "Only this browser remembers these.",
    notifications: "Notifications",
    notify: "Tell me when a job ends",
    notifyHelp: "Also while you look at something else, as long as this page is open.",
    blocked: "This browser blocks notifications of this page",
    blockedText:
      "Allow them beside the page’s address (the sign before it, then Notifications), then load the page again.",
    impossible:
      "This browser can’t show notifications here. They need an address on this computer, or https.",
  },

  about: {
    title: "About",
    version: "Version",
    home: "Folder",
    reference: "Reference",
    openApi: "The API, as OpenAPI",
    docs: "docs/reference in the project’s folder, or tuneyard --help",
    signOut: "Sign out",
    signOutText:
      "Signs this browser out. Jobs go on; the link that Tuneyard prints opens the page again.",
    signOutFailed: "Signing out failed.",
  },
};
