/** A part of a text: prose, or a command to copy. */
export interface Block {
  kind: "text" | "code";
  text: string;
}

/**
 * How results are used, from the model card that lies beside them: the section with its first
 * commands, or the one that is called so. Recipes write that card; nothing here knows what they
 * train.
 */
export function usageOf(card: string): Block[] {
  const lines = card.replace(/\r\n/g, "\n").split("\n");
  const code = lines.findIndex((line) => isFence(line));
  const heading =
    code < 0
      ? lines.findIndex((line) => levelOf(line) > 0 && /^#+\s+use it\s*$/i.test(line))
      : lines.slice(0, code).findLastIndex((line) => levelOf(line) > 0);
  if (code < 0 && heading < 0) return [];
  const level = levelOf(lines[heading] ?? "");
  return blocksOf(section(lines.slice(heading + 1), level || 1));
}

/** Up to the next heading that is not below this one. */
function section(lines: readonly string[], level: number): string[] {
  let inCode = false;
  const end = lines.findIndex((line) => {
    if (isFence(line)) inCode = !inCode;
    const found = inCode ? 0 : levelOf(line);
    return found > 0 && found <= level;
  });
  return lines.slice(0, end < 0 ? lines.length : end);
}

function blocksOf(lines: readonly string[]): Block[] {
  const blocks: Block[] = [];
  let held: string[] = [];
  let inCode = false;
  const close = (kind: Block["kind"]) => {
    const text = kind === "code" ? held.join("\n") : held.map(plain).join(" ").trim();
    if (text) blocks.push({ kind, text });
    held = [];
  };
  for (const line of lines) {
    if (isFence(line)) {
      close(inCode ? "code" : "text");
      inCode = !inCode;
    } else if (!inCode && (line.trim() === "" || levelOf(line) > 0)) close("text");
    else held.push(line);
  }
  close(inCode ? "code" : "text");
  return blocks;
}

function isFence(line: string): boolean {
  return /^ {0,3}(```|~~~)/.test(line);
}

function levelOf(line: string): number {
  return /^(#{1,6})\s/.exec(line)?.[1]?.length ?? 0;
}

/** Words without their marks: links, code, emphasis. */
function plain(line: string): string {
  return line
    .trim()
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[`*]+/g, "")
    .replace(/^[-+]\s+/, "• ");
}
