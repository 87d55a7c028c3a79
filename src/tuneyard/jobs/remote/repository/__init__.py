"""The phase after a pod whose end nobody heard: what it pushed is looked for in the job's repository."""
