/** Which metrics belong on which chart, told by their names alone. */

export const groups = ["loss", "rate", "speed", "other"] as const;
export type Group = (typeof groups)[number];

export interface ChartOf {
  /** What its lines have in common; its name on the page. */
  readonly title: string;
  readonly group: Group;
  /** Metrics, with the names by which they differ; of a single one that is empty. */
  readonly lines: readonly { readonly name: string; readonly label: string }[];
}

const PART = /^(train|training|val|valid|validation|eval|test)[_/.-](.+)$/i;
const WORDS = (words: string) => new RegExp(`(?:^|_)(?:${words})(?:_|\\d|$)`, "i");
const patterns: readonly (readonly [Group, RegExp])[] = [
  ["rate", WORDS("lr|learning_?rate")],
  [
    "speed",
    WORDS(
      "speed|throughput|time|seconds?|secs?|duration|per_s|per_sec|per_second|it_s|its|samples_s" +
        "|tokens_s|tflops|mfu",
    ),
  ],
  ["loss", WORDS("loss|losses|nll|mse|mae|rmse|bce|ce|kl|kld|mel|ppl|perplexity|error|wer|cer")],
];

/**
 * One chart a metric; the same one of training and of validation are on one chart, to be compared.
 * `first` is the metric that says best how it goes.
 */
export function chartsOf(names: readonly string[], first?: string): readonly ChartOf[] {
  const together = new Map<string, string[]>();
  for (const name of names) {
    const title = commonName(name, names);
    together.set(title, [...(together.get(title) ?? []), name]);
  }
  const charts = [...together].map(([title, members]) => chart(title, members));
  const order = (one: ChartOf) =>
    groups.indexOf(one.group) - (one.lines.some((line) => line.name === first) ? 0.5 : 0);
  return charts.sort((one, other) => order(one) - order(other));
}

function chart(title: string, members: readonly string[]): ChartOf {
  const words = title.replaceAll(/[^a-z\d]+/gi, "_");
  const group = patterns.find(([, pattern]) => pattern.test(words))?.[0] ?? "other";
  if (members.length === 1) return { title, group, lines: [{ name: members[0] ?? "", label: "" }] };
  return { title, group, lines: members.map((name) => ({ name, label: partOf(name) })) };
}

/** The name without its part, if another metric differs from it by the part alone. */
function commonName(name: string, names: readonly string[]): string {
  const common = withoutPart(name);
  const kin = names.filter((other) => withoutPart(other) === common);
  return kin.length > 1 ? common : name;
}

function withoutPart(name: string): string {
  return PART.exec(name)?.[2] ?? name;
}

/** A metric that names no part is that of training. */
function partOf(name: string): string {
  return PART.exec(name)?.[1]?.toLowerCase() ?? "train";
}
