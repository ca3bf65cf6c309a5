-- The kind of error and the outside call, never its text: no personal data. It goes when the job goes, as done ones do.
CREATE TABLE kit.job_fault (
    job_id bigint PRIMARY KEY REFERENCES procrastinate_jobs ON DELETE CASCADE,
    error text NOT NULL,
    at timestamptz NOT NULL
);
