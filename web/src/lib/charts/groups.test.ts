import { describe, expect, it } from "vitest";
import { chartsOf } from "./groups";

const shape = (names: string[], first?: string) =>
  chartsOf(names, first).map((chart) => [
    chart.group,
    chart.title,
    ...chart.lines.map((line) => (line.label ? `${line.label}=${line.name}` : line.name)),
  ]);

describe("charts of metrics", () => {
  it("puts training and validation of one thing together", () => {
    expect(shape(["train_mel", "loss_d", "val_mel"])).toEqual([
      ["loss", "mel", "train=train_mel", "val=val_mel"],
      ["loss", "loss_d", "loss_d"],
    ]);
    expect(shape(["loss", "eval/loss"])).toEqual([
      ["loss", "loss", "train=loss", "eval=eval/loss"],
    ]);
  });

  it("leaves alone what has no kin", () => {
    expect(shape(["val_loss", "test_accuracy"])).toEqual([
      ["loss", "val_loss", "val_loss"],
      ["other", "test_accuracy", "test_accuracy"],
    ]);
  });

  it("tells groups by words, not by letters", () => {
    const group = (name: string) => chartsOf([name])[0]?.group;
    expect(["loss", "train_loss", "loss_g", "unet/loss1", "val-kl", "Loss"].map(group)).toEqual(
      Array(6).fill("loss"),
    );
    expect(["lr", "lr-Adam", "learning_rate", "lr_0"].map(group)).toEqual(Array(4).fill("rate"));
    expect(["step_time", "samples_per_second", "it/s", "tflops"].map(group)).toEqual(
      Array(4).fill("speed"),
    );
    expect(["gloss", "blr", "grad_norm", "times_seen", "accuracy"].map(group)).toEqual(
      Array(5).fill("other"),
    );
  });

  it("shows losses first, and the one that says most before all", () => {
    const names = ["lr", "gpu_memory", "step_time", "loss_d", "loss_g"];
    expect(chartsOf(names, "loss_g").map((chart) => chart.title)).toEqual([
      "loss_g",
      "loss_d",
      "lr",
      "step_time",
      "gpu_memory",
    ]);
  });
});
