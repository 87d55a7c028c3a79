/** A job's states, in the words of the page. */
export const states = {
  queued: "waiting",
  provisioning: "renting",
  preparing: "preparing",
  training: "training",
  finishing: "finishing",
  succeeded: "done",
  failed: "failed",
  stopped: "stopped",
  lost: "lost",
  unreadable: "can’t be read",
  stopping: "stopping",
};
