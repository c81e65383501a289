-- How many checks of the alert work on the host, of how many, and how many were seen not to; nothing where a report does not say.
ALTER TABLE answers_of_hosts ADD COLUMN checks_passed INTEGER;
ALTER TABLE answers_of_hosts ADD COLUMN checks_failed INTEGER;
ALTER TABLE answers_of_hosts ADD COLUMN checks_total INTEGER;
