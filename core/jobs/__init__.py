"""Work without a user: the job table, what can be a job, and the runner."""
