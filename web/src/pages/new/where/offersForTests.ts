import type { Offer } from "$lib/api/types";

export function offer(
  gpu: string,
  cloud: string,
  dollars: number | null,
  more: Partial<Offer> = {},
): Offer {
  return {
    gpu,
    name: gpu,
    memory_gb: 24,
    count: 1,
    cloud,
    dollars_an_hour: dollars,
    full_dollars_an_hour: dollars,
    stock: "high",
    fits: true,
    why: "",
    dollars: null,
    source: "",
    ...more,
  };
}
