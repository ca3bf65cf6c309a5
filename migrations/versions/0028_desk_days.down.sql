DROP INDEX payments.attempt_created_at;
