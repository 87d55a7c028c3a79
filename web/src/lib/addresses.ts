/** Where the addresses of the page's views stand in the browser's bar. */
export interface Addresses {
  /** A view's own address, path, query and fragment, out of what the bar shows. */
  read(shown: URL): URL;
  /** What a link or the bar has to say for it. */
  write(address: string): string;
  /** Where a link leads to, as `write` gives it; null if that is no view of this page. */
  own(link: URL): string | null;
}

/** In the path: a server answers each of them with the page. */
export const byPath: Addresses = {
  read: (shown) => shown,
  write: (address) => address,
  own: (link) =>
    link.origin === location.origin && !link.pathname.startsWith("/api/") ? link.href : null,
};

/** Behind the #, which never reaches a server: any web host will do, at any path of it. */
export const byHash: Addresses = {
  read: (shown) => new URL(shown.hash.startsWith("#/") ? shown.hash.slice(1) : "/", "http://page"),
  write: (address) => `#${address}`,
  own: (link) => {
    const here = new URL(location.href);
    const page = (url: URL) => url.origin + url.pathname + url.search;
    return link.hash && page(link) === page(here) ? link.hash : null;
  },
};

export const addresses: Addresses = import.meta.env.MODE === "site" ? byHash : byPath;
