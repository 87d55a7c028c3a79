import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// `./launch dev` says where the server is.
const server = process.env["TUNEYARD_SERVER"] ?? "http://127.0.0.1:8400";

const forms = /\/lib\/form\/|@cfworker/;
// What talks to RunPod and to pods comes when it is first asked for something.
const direct =
  /\/api\/direct\/(?!index\.|control\/later\.|visit\/live\.|site\/site\.|common\/sleep\.)|smol-toml|@noble/;
const later = new RegExp(`${forms.source}|${direct.source}`);

// In the mode “site” the same sources become a page without a server, for any path of any host.
export default defineConfig(({ mode }) => ({
  base: mode === "site" ? "./" : "/",
  plugins: [tailwindcss(), svelte()],
  resolve: { alias: { $lib: here("src/lib"), $pages: here("src/pages") } },
  build: {
    outDir: here(`../src/tuneyard/${mode === "site" ? "site" : "server"}/static`),
    emptyOutDir: true,
    assetsInlineLimit: 0, // the content security policy allows no data: addresses
    modulePreload: { polyfill: false },
    target: "es2022",
    rolldownOptions: {
      output: {
        // What several pages share comes in two files, not in dozens of tiny ones: with the
        // first screen, and with the first form.
        codeSplitting: {
          groups: [
            { name: "shared", minShareCount: 2, test: (id) => !later.test(id), priority: 1 },
            { name: "forms", minShareCount: 2, test: forms },
          ],
        },
      },
    },
  },
  server: {
    host: "127.0.0.1",
    port: 5173,
    strictPort: true,
    // Host and Origin stay the page's own, and so the same for the server.
    proxy: { "/api": { target: server, ws: true } },
  },
}));
