DROP TABLE kit.job_fault;
