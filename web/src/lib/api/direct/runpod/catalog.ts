import { items, number, table, text, whole } from "../common/reading";
import type { PriceTable } from "../site/site";
import type { Cloud } from "./settings";

/** What can be rented: types of GPU, each on each cloud, with price and stock. */

const STOCKS = ["none", "low", "medium", "high"];

/** Prices are of one GPU, null if unknown; `most` to a pod, 0 if unknown; stock by data center. */
export interface CatalogGpu {
  id: string;
  name: string;
  memory_gb: number;
  cloud: Cloud;
  dollars_an_hour: number | null;
  stock: string;
  most: number;
  manufacturer: string;
  data_centers: Readonly<Record<string, string>>;
  /** When the price was noted, in words; empty for now. */
  date: string;
}

export interface Catalog {
  gpus: readonly CatalogGpu[];
  source: "live" | "table";
  date: string;
}

export interface Volume {
  id: string;
  name: string;
  gb: number;
  dataCenter: string;
}

/** The types that are to be had on a cloud; a placeholder for unknown ones is left out. */
export function readGpus(data: unknown, cloud: Cloud): CatalogGpu[] {
  return items(table(data)["gpus"]).flatMap((item) => {
    const [id, memory] = [text(item["id"]), whole(item["memory"])];
    if (!id || id === "unknown" || !memory || item[cloud] === false) return [];
    const price = number(table(item["price"])[cloud]);
    return {
      id,
      name: text(item["name"]) || id,
      memory_gb: memory,
      cloud,
      dollars_an_hour: price === 0 ? null : price, // no price is no gift: it is one that isn't told
      stock: stock(item["availability"]),
      most: whole(table(item["maxCount"])[cloud]),
      manufacturer: text(item["manufacturer"]),
      data_centers: Object.fromEntries(
        items(item["dataCenters"]).map((c) => [text(c["id"]), stock(c["availability"])]),
      ),
      date: "",
    };
  });
}

export function readVolumes(found: readonly unknown[]): Volume[] {
  return items(found)
    .filter((item) => text(item["id"]))
    .map((item) => ({
      id: text(item["id"]),
      name: text(item["name"]),
      gb: whole(item["size"]),
      dataCenter: text(item["dataCenter"]),
    }));
}

/** The prices that the site was built with. Of stock they say nothing. */
export function tableCatalog({ gpus, date }: PriceTable): Catalog {
  const clouds = ["secure", "community"] as const;
  const found = gpus.flatMap((gpu) =>
    clouds.map((cloud) => ({
      id: gpu.id,
      name: gpu.name,
      memory_gb: gpu.memory_gb,
      cloud,
      dollars_an_hour: gpu[cloud]?.dollars ?? null,
      stock: "unknown",
      most: 0,
      manufacturer: "NVIDIA",
      data_centers: {},
      date: gpu[cloud]?.noted ?? "",
    })),
  );
  return { gpus: found, source: "table", date };
}

function stock(value: unknown): string {
  const word = text(value).toLowerCase();
  return STOCKS.includes(word) ? word : "unknown";
}
