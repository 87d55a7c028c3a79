import { charts } from "./charts";
import { computer } from "./computer";
import { direct } from "./direct";
import { files } from "./files";
import { hub } from "./hub";
import { job } from "./job";
import { jobSettings } from "./jobSettings";
import { jobs } from "./jobs";
import { kit } from "./kit";
import { log } from "./log";
import { newJob } from "./new";
import { pods } from "./pods";
import { samples } from "./samples";
import { session } from "./session";
import { settings } from "./settings";
import { shell } from "./shell";
import { states } from "./states";
import { visit } from "./visit";

/** English, one file a page. */
export const en = {
  kit,
  states,
  shell,
  session,
  jobs,
  newJob,
  job,
  log,
  charts,
  samples,
  files,
  jobSettings,
  settings,
  computer,
  pods,
  direct,
  hub,
  visit,
};
