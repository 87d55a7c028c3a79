/** Names for what the API takes and answers. The types are generated from web/openapi.json. */

export type {
  Attempt,
  Cause,
  Choice,
  Cleaned,
  ComputeView,
  Disk,
  DiskGroup,
  DiskItem,
  Event as JobEvent,
  FileSize,
  Gpu,
  JobDraft,
  JobFile,
  JobPage,
  JobPod,
  JobView,
  ListedJob,
  Needs,
  Offer,
  Offers,
  Place,
  Planned,
  PlannedInput,
  PlannedRemote,
  PlannedSecret,
  PlannedStep,
  PodView,
  Pods,
  Preset,
  PresetBrief,
  Problem,
  ProblemDetails,
  ProfileDefaultsGiven as ProfileDefaults,
  Progress,
  Queue,
  RecipeBrief,
  RecipeView,
  Report,
  Repository,
  SecretView,
  Series,
  SpokenSample,
  StepView,
  System,
  Tested,
  Upload,
  Warned,
} from "./schema";

import type {
  ListedJob,
  Profile as KeptProfile,
  ProfileDefaultsGiven,
  SecretGiven,
  Waiting as SaidWaiting,
} from "./schema";

export type State = NonNullable<ListedJob["state"]>;
export type Keep = NonNullable<SecretGiven["keep"]>;

/** What a job waits for. The socket leaves out of a row what there is not to say. */
export type Waiting = Pick<SaidWaiting, "for"> & Partial<Omit<SaidWaiting, "for">>;

/** A job's row as the socket sends it: without the line that only the list draws. */
export type JobRow = Omit<ListedJob, "trend" | "waiting"> & { waiting: Waiting | null } & Partial<
    Pick<ListedJob, "trend">
  >;

/** A profile; a table of its defaults that is missing is empty. */
export type Profile = Omit<KeptProfile, "defaults"> & { defaults: ProfileDefaultsGiven };

/** Jobs by state, of the whole home. */
export type Counts = Record<string, number>;

/** A JSON Schema, as far as a form reads it. */
export type Schema = Readonly<Record<string, unknown>>;
