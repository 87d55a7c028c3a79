"""The exit codes of the commands that follow a job to its end."""

from __future__ import annotations

from tuneyard.runner.states import State

OF_STATE = {State.SUCCEEDED: 0, State.FAILED: 1, State.STOPPED: 3, State.LOST: 4}
WRONG_INPUT = 2
LEFT_RUNNING = 130  # what a shell makes of Ctrl-C

# For the reference.
MEANINGS = {
    0: "The command did what it was to do; a job that it followed succeeded.",
    1: "The job that it followed failed; or something went wrong that no input could mend.",
    2: "Wrong input, or something is missing that you can give: a value, a file, a token.",
    3: "The job that it followed was stopped. It can be resumed.",
    4: "The job that it followed is lost: nobody saw how it ended. It can be resumed.",
    130: "Ctrl-C. A job that was being followed goes on without you.",
}
