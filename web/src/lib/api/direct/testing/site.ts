import known from "../golden/site.json?raw";
import type { Site, SiteRecipe } from "../site/site";

/** What a site knows, as it is really built; with other hosts where a test has its own. */
export function siteForTests(hosts: Partial<Site["hosts"]> = {}): Site {
  const site = JSON.parse(known) as Site;
  return { ...site, hosts: { ...site.hosts, ...hosts } };
}

export function recipeForTests(name: string): SiteRecipe {
  const found = siteForTests().recipes.find((recipe) => recipe.name === name);
  if (!found) throw new Error(`The site has no recipe ${name}`);
  return found;
}
