import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";
import typescript from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

// What the content security policy would refuse, or should not have to.
const forbidden = [
  {
    selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]",
    message: "Text of others would become markup.",
  },
  {
    selector: "SvelteAttribute[key.name='style']",
    message: "The content security policy refuses style attributes: use a class or style:name={}.",
  },
];

export default defineConfig(
  globalIgnores(["src/lib/api/schema.d.ts", "node_modules/"]),
  js.configs.recommended,
  typescript.configs.strictTypeChecked,
  typescript.configs.stylisticTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: {
        projectService: { allowDefaultProject: ["public/*.js", "*.config.js"] },
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: [".svelte"],
      },
    },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "no-restricted-syntax": ["error", ...forbidden],
      "@typescript-eslint/prefer-nullish-coalescing": [
        "error",
        { ignorePrimitives: { boolean: true, string: true } }, // “” and false are gaps too
      ],
      eqeqeq: "error",
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: {
      parserOptions: { parser: typescript.parser, svelteConfig },
    },
    rules: {
      "svelte/no-at-html-tags": "error",
      "svelte/button-has-type": "error",
      "svelte/no-target-blank": "error",
      "svelte/require-each-key": "error",
      "svelte/prefer-svelte-reactivity": "off", // what is drawn is replaced as a whole, not changed inside
      "svelte/no-navigation-without-resolve": "off", // SvelteKit's; the router is ours
      "prefer-const": "off", // $props() are bound by `let`
      "svelte/prefer-const": "error",
    },
  },
  {
    files: ["**/*.test.ts"],
    rules: {
      "@typescript-eslint/unbound-method": "off", // expect() is given a spy, not a method
      "no-restricted-syntax": "off",
    },
  },
  {
    files: ["public/*.js"],
    extends: [typescript.configs.disableTypeChecked],
  },
);
