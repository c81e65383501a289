-- When a subject answered first: sweeping again after the deadline does not make an answer late.
ALTER TABLE answers_of_hosts ADD COLUMN first_answered_at INTEGER;
UPDATE answers_of_hosts SET first_answered_at = answered_at;
