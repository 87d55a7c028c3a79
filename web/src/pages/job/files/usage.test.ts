import { describe, expect, it } from "vitest";
import { usageOf } from "./usage";

const card = `---
language: "en"
---

# my-voice

A [Piper](https://example.org) voice.

## Speak with it

\`\`\`sh
pip install piper-tts
# this is no heading
piper -m voice.onnx
\`\`\`

### From Python

\`\`\`python
import piper
\`\`\`

\`voice.onnx.json\` has to lie
beside **voice.onnx**.

## How it was trained

With 32 clips.
`;

describe("usageOf", () => {
  it("is the section that is called so where there are no commands", () => {
    const words = `# my-lora

A LoRA.

## Use it

The files load in ComfyUI.

## Files

- one
`;
    expect(usageOf(words)).toEqual([{ kind: "text", text: "The files load in ComfyUI." }]);
  });

  it("is the section with the first commands, to the end of it", () => {
    expect(usageOf(card)).toEqual([
      { kind: "code", text: "pip install piper-tts\n# this is no heading\npiper -m voice.onnx" },
      { kind: "code", text: "import piper" },
      { kind: "text", text: "voice.onnx.json has to lie beside voice.onnx." },
    ]);
  });

  it("reads cards with other ends of lines", () => {
    expect(usageOf(card.replaceAll("\n", "\r\n"))).toEqual(usageOf(card));
  });

  it("is nothing where a card shows no commands", () => {
    expect(usageOf("# a\n\nJust words.")).toEqual([]);
    expect(usageOf("")).toEqual([]);
  });

  it("takes what stands above any heading, and a fence that is never closed", () => {
    expect(usageOf("Do this:\n\n```\nrun it")).toEqual([
      { kind: "text", text: "Do this:" },
      { kind: "code", text: "run it" },
    ]);
  });

  it("keeps the words of a link and drops where it leads", () => {
    expect(usageOf("# a\nSee [the docs](javascript:x).\n```\nx\n```")[0]).toEqual({
      kind: "text",
      text: "See the docs.",
    });
  });
});
