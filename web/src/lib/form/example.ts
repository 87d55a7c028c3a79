import type { ComputeView, RecipeView, Schema } from "$lib/api/types";

/** A recipe that no trainer has, for tests: one setting of each kind. */
export const schema: Schema = {
  type: "object",
  properties: {
    source: {
      type: "string",
      default: "",
      title: "Source",
      description: "Where the pictures are.",
      importance: "basic",
      group: "Data",
      widget: "dataset",
    },
    shape: {
      type: "string",
      enum: ["round", "square"],
      default: "round",
      title: "Shape",
      importance: "basic",
      group: "Data",
      choices: { round: "without corners", square: "with four" },
    },
    corners: {
      type: "integer",
      minimum: 1,
      maximum: 1_000_000,
      default: 4,
      title: "Corners",
      group: "Model",
      unit: "corners",
      shown_when: { shape: "square" },
    },
    speed: {
      type: "number",
      exclusiveMinimum: 0,
      exclusiveMaximum: 1,
      default: 0.0002,
      title: "Speed",
      importance: "expert",
      group: "Model",
    },
    limit: {
      anyOf: [{ type: "number", exclusiveMinimum: 0 }, { type: "null" }],
      default: null,
      title: "Limit",
      importance: "advanced",
      group: "Model",
      unit: "hours",
    },
    words: {
      type: "array",
      items: { type: "string" },
      maxItems: 2,
      default: [],
      title: "Words",
      importance: "basic",
      group: "Samples",
      widget: "sentences",
    },
    aloud: { type: "boolean", default: true, title: "Aloud", group: "Samples" },
    volume: {
      type: "integer",
      default: 5,
      title: "Volume",
      group: "Samples",
      shown_when: { words: "*", aloud: true },
    },
    mode: { $ref: "#/$defs/Mode", default: "a", title: "Mode", group: "Model" },
    layers: { type: "array", items: { type: "object" }, default: [], widget: "layers" },
  },
  $defs: { Mode: { type: "string", enum: ["a", "b"] } },
};

export const recipe: RecipeView = {
  name: "shapes",
  title: "Shapes",
  summary: "Shapes from pictures",
  schema,
  results_schema: {
    properties: {
      repository: {
        type: "string",
        default: "",
        title: "Repository",
        importance: "basic",
        widget: "hub-model",
      },
      private: { type: "boolean", default: true, title: "Private" },
    },
  },
  changeable: [],
  choices: ["shape"],
  presets: [
    {
      name: "squares",
      purpose: "Squares: shapes with corners",
      text: "",
      job: {
        format: 1,
        recipe: "shapes",
        name: "my-square",
        settings: { source: "", shape: "square", corners: 4, speed: 0.0002, words: ["one"] },
        compute: { name: "local" },
        results: { repository: "", private: true },
      },
    },
  ],
  demo: false,
};

/** Where nothing is to be chosen, and where something is. */
export const here: ComputeView = {
  name: "local",
  title: "This computer",
  summary: "",
  remote: false,
  secrets: [],
  schema: {},
};

export const cloud: ComputeView = {
  name: "cloud",
  title: "The cloud",
  summary: "Rents a GPU.",
  remote: true,
  secrets: ["CLOUD_KEY"],
  schema: {
    properties: {
      gpus: {
        type: "array",
        items: { type: "string" },
        default: [],
        title: "GPUs",
        importance: "basic",
        widget: "gpus",
      },
      hours: { type: "number", exclusiveMinimum: 0, default: 6, title: "Hours", unit: "hours" },
      volume: { type: "string", default: "", title: "Volume", widget: "volume" },
    },
  },
};

const folder: Schema = {
  type: "object",
  title: "Folder",
  properties: {
    path: {
      type: "string",
      default: "",
      title: "Path",
      importance: "basic",
      widget: "dataset",
      reads: { inside: false, without: [], archive: false },
    },
    repeats: {
      anyOf: [{ type: "integer", minimum: 1 }, { type: "null" }],
      default: null,
      title: "Repeats",
      importance: "basic",
    },
    mask: { type: "string", default: "", title: "Mask", shown_when: { repeats: 3 } },
  },
};
const folders = { type: "array", items: { $ref: "#/$defs/Folder" }, default: [], group: "Data" };

/** Another, whose data are lists of tables. */
export const pictures: RecipeView = {
  ...recipe,
  name: "pictures",
  title: "Pictures",
  presets: [],
  choices: [],
  schema: {
    type: "object",
    $defs: { Folder: folder },
    properties: {
      folders: { ...folders, title: "Folders", importance: "basic" },
      repeats: { type: "integer", default: 3, title: "Repeats", group: "Data" },
      held_back: { ...folders, title: "Held back" },
    },
  },
};
