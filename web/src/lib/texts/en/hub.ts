import { plural } from "../plural";

const columns = (n: number) => plural(n, { one: "# column", other: "# columns" });

/** What a page without a server says of what lies on the Hugging Face Hub. */
export const hub = {
  says: {
    repository: {
      dataset: (name: string) => `the dataset ${name}`,
      model: (name: string) => `the model ${name}`,
      space: (name: string) => `the space ${name}`,
    },
    missing: (what: string) => `The Hub has not got ${what}, or not for everybody.`,
    missingStep: (secret: string) =>
      `Check the name. If it is private, give a token that may read it as ${secret}.`,
    unseen: (what: string, secret: string) =>
      `The Hub has not got ${what}, or ${secret} may not see it.`,
    unseenStep: "Check the name and, if it is private, whose token this is and what it may read.",
    gated: (what: string) => `Access to ${what} has to be asked for.`,
    gatedStep: (address: string, secret: string) =>
      `Ask for it at ${address}${secret ? `, and give your token as ${secret}` : ""}; then try again.`,
    revision: (revision: string, what: string) => `There is no revision ${revision} of ${what}.`,
    listed: (address: string) => `Choose a branch, tag or commit that ${address} lists.`,
    file: (path: string, what: string) => `There is no file ${path} in ${what}.`,
    pathStep: (address: string) => `Check its path at ${address}.`,
    unknownToken: (secret: string) =>
      `The Hub doesn’t know the token in ${secret}: it may be mistyped, expired or revoked.`,
    tokenStep: (secret: string) =>
      `Make one at huggingface.co/settings/tokens and give it as ${secret}.`,
    mayNotRead: (secret: string, what: string) => `${secret} may not read ${what}.`,
    mayNotWrite: (secret: string, what: string) => `${secret} may not write to ${what}.`,
    rightStep: (secret: string) =>
      `Give it that right at huggingface.co/settings/tokens, or give another one as ${secret}.`,
    refuses: (status: number, said: string) =>
      `The Hub refuses (HTTP ${status}): ${said || "it says no more"}.`,
    lookStep: (address: string) => `Look at ${address}.`,
    away: (what: string, host: string) =>
      `Of ${what}: ${host} gives this page no answer. It can’t be reached, or the browser doesn’t let the page ask it.`,
    trouble: (what: string, status: number) =>
      status === 429
        ? `Of ${what}: the Hub asks for fewer requests. Look again in a minute.`
        : `Of ${what}: the Hub has trouble of its own (HTTP ${status}). Look again later.`,
  },
  dataset: {
    none: "No dataset is named.",
    noneStep: "Write hf:owner/name of one on the Hugging Face Hub, or pick its files here.",
    name: (value: string) => `“${value}” is no dataset on the Hugging Face Hub.`,
    nameStep: "Write hf:owner/name, or hf:owner/name@revision.",
    folderStep: "Write hf:owner/name, hf:owner/name/folder or hf:owner/name@revision.",
    public: "public",
    private: (secret: string) => `private, ${secret} may read it`,
    gated: (secret: string) => (secret ? `by consent, ${secret} has it` : "by consent"),
    empty: (name: string) => `${name} has no files.`,
    emptyStep: "Check the name and the revision.",
    table: "On the Hugging Face Hub",
    columns: ["Dataset", "Files", "Size", "Who may read it"],
    noLayout: "Whether the files are what the recipe needs: it is seen in the pod’s first minute.",
    tooMany: (most: string) =>
      `Whether each sound file is there: there are more than ${most} files.`,
    archives: (name: string, many: number, first: string): [string, string] => [
      `${name} has ${many} archives, such as ${first}; only one can be unpacked.`,
      "Put the clips into the dataset as files, or into one .zip.",
    ],
    parquet: (name: string): [string, string] => [
      `${name} has its clips inside Parquet files, which isn’t supported yet.`,
      "Save them as sound files with a metadata.csv beside them, and push that as a dataset of its own.",
    ],
    noClips: (name: string, sound: string): [string, string] => [
      `${name} has no sound files.`,
      `It needs ${sound} files, or one .zip of them, and a metadata.csv.`,
    ],
    noList: (name: string): [string, string] => [
      `${name} has no metadata.csv.`,
      "Add one, with a line for each clip: its file, then |, then what is said.",
    ],
    lists: (names: string): [string, string] => [
      `Several files could be the list of texts: ${names}.`,
      "Name the right one metadata.csv.",
    ],
    inArchive: (archive: string) =>
      `What is inside ${archive}: it is seen when the pod has unpacked it.`,
    rest: (name: string, lines: string) =>
      `${name} behind its first ${lines} lines, and the sound itself: the pod looks at these.`,
    sound: "The sound itself: the pod listens to it.",
    more: (n: number) =>
      plural(n, { one: "… and # more like this.", other: "… and # more like this." }),
  },
  list: {
    delimiters: { tabs: "tabs", commas: "commas", semicolons: "semicolons" } as Record<
      string,
      string
    >,
    two: "file|text",
    normalised: "file|text|normalised text",
    notUtf8: (name: string): [string, string] => ["This line isn’t UTF-8.", encodingStep(name)],
    notUtf16: (name: string): [string, string] => [
      `${name} says that it is UTF-16, but isn’t.`,
      encodingStep(name),
    ],
    zeroByte: (name: string): [string, string] => [
      "There is a zero byte in this line, as UTF-16 or a damaged file would have.",
      encodingStep(name),
    ],
    strayQuote: [
      'This line has a stray ". It is kept as part of the text.',
      'Remove the " unless it belongs to the text.',
    ] as [string, string],
    delimiter: (word: string): [string, string] => [
      `The columns seem to be separated by ${word}, not by |.`,
      "Put a | between file and text in each line, and no header above them.",
    ],
    empty: (name: string): [string, string] => [
      `${name} has no rows.`,
      "Add a line for each clip.",
    ],
    header: (line: string): [string, string] => [
      `The first line, ${line}, is a header. It is left out.`,
      "You can remove it.",
    ],
    columns: (usual: number): [string, string] => [
      `The lines have ${columns(usual)}; a list of texts has 2 or 3.`,
      "Write file|text in each line, or file|speaker|text for several speakers.",
    ],
    otherColumns: (n: number, usual: number): [string, string] => [
      `This line has ${columns(n)}, where most have ${usual}.`,
      "Look for a | that is missing, or for one inside the text.",
    ],
    noSpeakers: (form: string): [string, string] => [
      `The settings say several speakers, but the lines look like ${form}.`,
      "Write file|speaker|text in each line, or set speakers to single.",
    ],
    oneSpeaker: (name: string): [string, string] => [
      `All clips are of one speaker, ${name}.`,
      "Set speakers to single, or add the others’ clips.",
    ],
    manySpeakers: (n: number, names: string): [string, string] => [
      `The settings say one speaker, but the second column names ${n}: ${names}.`,
      "Set speakers to several, or keep the lines of one speaker.",
    ],
    noFile: ["No file is named.", "Name it, or remove the line."] as [string, string],
    noText: (file: string): [string, string] => [
      `${file} has no text.`,
      "Write what is said in it, or remove the line.",
    ],
    noSpeaker: (file: string): [string, string] => [
      `${file} has no speaker.`,
      "Name one in the second column, or remove the line.",
    ],
    noClip: (file: string): [string, string] => [
      `There is no sound file ${file}.`,
      "Add it, or remove the line.",
    ],
    clips: (file: string, found: readonly string[]): [string, string] => [
      `${file} could be ${found.join(" or ")}.`,
      "Write its path with the folder.",
    ],
    format: (file: string): [string, string] => [
      `${file} is in no format that the trainer reads.`,
      "Turn it into .wav, for example with ffmpeg.",
    ],
    rowAgain: (file: string, line: number): [string, string] => [
      `${file} is already in line ${line}. It is used once.`,
      "You can remove one of the lines.",
    ],
    fileAgain: (file: string, line: number): [string, string] => [
      `${file} is already in line ${line}, with another text or speaker.`,
      "Remove the wrong line.",
    ],
    textAgain: (file: string, other: string, line: number): [string, string] => [
      `${file} has the same text as ${other} (line ${line}).`,
      "Check that both clips say it.",
    ],
  },
  model: {
    name: (value: string) => `“${value}” is no model on the Hugging Face Hub.`,
    nameStep: "Write hf:owner/name, hf:owner/name/file or hf:owner/name@revision/file.",
  },
  file: {
    elsewhere: (title: string, host: string) =>
      `Whether there is a file for “${title}” at ${host}: this page only asks the Hugging Face Hub.`,
    there: (name: string, size: string) => `${name}, ${size}`,
    unknown: (value: string) => `There is no “${value}” in the list.`,
    unknownStep: "Choose one of the list, or give a file’s address on the Hub.",
  },
  results: {
    noToken: (name: string, secret: string) =>
      `Whether results may be pushed to ${name}: give a token that may write as ${secret}.`,
    there: (name: string, secret: string) => `${secret} may write to ${name}`,
    made: (name: string, secret: string) => `${secret} may make ${name}`,
    noNew: (name: string, secret: string) =>
      `There is no model ${name}, and ${secret} may not make it, or not see it.`,
    noNewStep: (owner: string) =>
      `Check the name; the token needs the right to write to ${owner}’s repositories.`,
  },
  tried: {
    repository: (name: string) => `“${name}” can’t be the name of a repository.`,
    repositoryStep: "Write it as owner/name, as in its address.",
    may: (rights: string, what: string) => `This token may ${rights} ${what}.`,
    read: "read",
    both: "read and write to",
    mayNot: (what: string) => `This token may not read ${what}.`,
    unseen: (what: string) => `The Hub has not got ${what}, or this token may not see it.`,
    mayMake: (what: string) => `The Hub has not got ${what} yet: this token may make it.`,
    writeStep: (secret: string) => `Give ${secret} the right to write there.`,
  },
};

function encodingStep(name: string): string {
  return (
    "Save the file as UTF-8: “Save as” in most editors asks for the encoding, or run " +
    `iconv -f WINDOWS-1252 -t UTF-8 ${name} > new.csv if it came from Windows.`
  );
}
