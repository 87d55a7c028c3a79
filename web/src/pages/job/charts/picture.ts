import type { Colours, LineLook } from "./plot";

interface Pictured {
  readonly title: string;
  readonly lines: readonly (LineLook & { readonly label: string })[];
  readonly colours: Colours;
  readonly font: string;
}

const EDGE = 16;
const HEAD = 40;

/** A chart with its title and the names of its lines, as a PNG. */
export function picture(plot: HTMLCanvasElement, of: Pictured): Promise<Blob> {
  const ratio = devicePixelRatio;
  const canvas = document.createElement("canvas");
  canvas.width = plot.width + 2 * EDGE * ratio;
  canvas.height = plot.height + (HEAD + EDGE) * ratio;
  const context = canvas.getContext("2d");
  if (!context) return Promise.reject(new Error("no canvas"));
  context.fillStyle = of.colours.ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(plot, EDGE * ratio, HEAD * ratio);
  context.scale(ratio, ratio);
  head(context, of, canvas.width / ratio - EDGE);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error("no picture"));
    }, "image/png");
  });
}

function head(context: CanvasRenderingContext2D, of: Pictured, right: number): void {
  context.textBaseline = "middle";
  context.fillStyle = of.colours.ink;
  context.font = `600 15px ${of.font}`;
  context.fillText(of.title, EDGE, HEAD / 2);
  context.font = `13px ${of.font}`;
  let at = right;
  for (const line of of.lines.toReversed()) {
    if (!line.label) continue;
    at -= context.measureText(line.label).width;
    context.fillStyle = of.colours.ink;
    context.fillText(line.label, at, HEAD / 2);
    context.strokeStyle = line.colour;
    context.lineWidth = 2;
    context.setLineDash([...line.dash]);
    context.beginPath();
    context.moveTo(at - 26, HEAD / 2);
    context.lineTo(at - 6, HEAD / 2);
    context.stroke();
    at -= 40;
  }
}

/** Hands a file to the browser, as if it had been downloaded. */
export function save(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 10_000);
}
