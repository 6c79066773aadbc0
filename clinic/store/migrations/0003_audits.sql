-- An audit: the stretches of one sensor and phenomenon that somebody is to look at, as they were drawn.
-- `runs` are the analyses that it is about, a blank between them. Another analysis needs an audit of its own.
CREATE TABLE audit_sample (
    id VARCHAR, patient VARCHAR, stream VARCHAR, phenomenon VARCHAR, runs VARCHAR, detectors VARCHAR,
    start_us BIGINT, end_us BIGINT, seed BIGINT, stretches BIGINT, plan VARCHAR, drawn_by VARCHAR,
    drawn_us BIGINT, seq BIGINT
);
-- What somebody said of one stretch. The newest counts, and an empty verdict takes the one before back.
CREATE TABLE audit_answer (
    id VARCHAR, sample VARCHAR, stretch BIGINT, verdict VARCHAR, episodes BIGINT, reviewer VARCHAR,
    made_us BIGINT, replaces VARCHAR, seq BIGINT
);
CREATE VIEW present_answer AS
    SELECT * FROM audit_answer
    QUALIFY row_number() OVER (PARTITION BY sample, stretch ORDER BY seq DESC) = 1;
-- Where two annotators differ, the span that a third keeps, none where both edges are empty. The newest counts.
CREATE TABLE decision (
    id VARCHAR, recording VARCHAR, stream VARCHAR, label VARCHAR, rater_one VARCHAR, rater_two VARCHAR,
    one_start_us BIGINT, one_end_us BIGINT, two_start_us BIGINT, two_end_us BIGINT, kept_start_us BIGINT,
    kept_end_us BIGINT, decided_by VARCHAR, made_us BIGINT, seq BIGINT
);
