import type { Offer } from "$lib/api/types";

/** A type of GPU with its offers, one a cloud. */
export interface GpuOffers {
  readonly id: string;
  readonly name: string;
  readonly memory: number;
  readonly count: number;
  /** By the name of the cloud. */
  readonly clouds: ReadonlyMap<string, Offer>;
  /** Whether it fits on any of them; else `why` it doesn't. */
  readonly fits: boolean;
  readonly why: string;
}

/** Offers by type of GPU, in the order in which the types come first. */
export function gpusOf(offers: readonly Offer[]): readonly GpuOffers[] {
  const ids = [...new Set(offers.map((offer) => offer.gpu))];
  return ids.map((id) => {
    const own = offers.filter((offer) => offer.gpu === id);
    const [first] = own;
    return {
      id,
      name: first?.name ?? id,
      memory: first?.memory_gb ?? 0,
      count: first?.count ?? 1,
      clouds: new Map(own.map((offer) => [offer.cloud, offer])),
      fits: own.some((offer) => offer.fits),
      why: own.every((offer) => !offer.fits) ? (first?.why ?? "") : "",
    };
  });
}

/** Clouds that anything is offered on, in a fixed order. */
export function cloudsOf(offers: readonly Offer[]): readonly string[] {
  return [...new Set(offers.map((offer) => offer.cloud))].sort().reverse(); // secure, community
}

/** What would be tried first: of those that were chosen the first that fits, else the cheapest. */
export function firstTried(offers: readonly Offer[], chosen: readonly string[]): Offer | undefined {
  const usable = offers.filter((offer) => offer.fits && offer.dollars_an_hour !== null);
  if (chosen.length === 0) return usable.find(({ stock }) => stock !== "none") ?? usable[0];
  const order = (offer: Offer) => chosen.indexOf(offer.gpu);
  return usable.filter((offer) => order(offer) >= 0).sort((a, b) => order(a) - order(b))[0];
}

export function toggled(chosen: readonly string[], id: string): string[] {
  return chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id];
}

/** The same with one at another place; places outside are the ends. */
export function moved(chosen: readonly string[], id: string, place: number): string[] {
  const others = chosen.filter((each) => each !== id);
  return others.toSpliced(Math.max(0, Math.min(place, others.length)), 0, id);
}
