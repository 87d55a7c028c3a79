/** A GPU's id without what nearly all of them begin with: RTX A5000 of NVIDIA RTX A5000. */
export function shortGpu(id: string): string {
  return id.replace(/^NVIDIA (GeForce )?/, "");
}
