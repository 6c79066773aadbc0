-- Rows are only ever added. `seq` names the audit event that vouches for a row;
-- a correction is a new row whose `replaces` names the old one.
CREATE TABLE audit_event (
    seq BIGINT PRIMARY KEY, at_us BIGINT NOT NULL, actor VARCHAR NOT NULL, act VARCHAR NOT NULL,
    object VARCHAR NOT NULL, details VARCHAR NOT NULL, software VARCHAR NOT NULL,
    previous VARCHAR NOT NULL, hash VARCHAR NOT NULL
);
CREATE TABLE patient (
    id VARCHAR, zone VARCHAR, is_simulated BOOLEAN, created_us BIGINT, seq BIGINT
);
CREATE TABLE recording (
    id VARCHAR, patient VARCHAR, file VARCHAR, size BIGINT, device VARCHAR, clock VARCHAR, zone VARCHAR,
    is_simulated BOOLEAN, imported_us BIGINT, assumptions VARCHAR, annotations VARCHAR, seq BIGINT
);
CREATE TABLE stream (
    id VARCHAR, recording VARCHAR, name VARCHAR, position INTEGER, placement VARCHAR, side VARCHAR, rate_hz DOUBLE,
    channels VARCHAR, n_samples BIGINT, start_us BIGINT, end_us BIGINT, archive VARCHAR, seq BIGINT
);
CREATE TABLE analysis_run (
    id VARCHAR, recording VARCHAR, made_us BIGINT, manifest VARCHAR, replaces VARCHAR, seq BIGINT
);
CREATE TABLE quality (
    id VARCHAR, run VARCHAR, recording VARCHAR, stream VARCHAR, kind VARCHAR, severity VARCHAR,
    start_us BIGINT, end_us BIGINT, sentence VARCHAR, seq BIGINT
);
CREATE TABLE span (
    id VARCHAR, run VARCHAR, recording VARCHAR, stream VARCHAR, phenomenon VARCHAR, kind VARCHAR,
    start_us BIGINT, end_us BIGINT, reason VARCHAR, seq BIGINT
);
CREATE TABLE episode (
    id VARCHAR, run VARCHAR, recording VARCHAR, patient VARCHAR, stream VARCHAR, phenomenon VARCHAR,
    placement VARCHAR, start_us BIGINT, end_us BIGINT, peak DOUBLE, mean DOUBLE, certainty VARCHAR,
    detector VARCHAR, seq BIGINT
);
CREATE TABLE label (
    id VARCHAR, recording VARCHAR, stream VARCHAR, start_us BIGINT, end_us BIGINT, label VARCHAR,
    rater VARCHAR, made_us BIGINT, replaces VARCHAR, seq BIGINT
);
CREATE TABLE review (
    id VARCHAR, episode VARCHAR, patient VARCHAR, verdict VARCHAR, reviewer VARCHAR, made_us BIGINT,
    replaces VARCHAR, seq BIGINT
);
CREATE TABLE medication (
    id VARCHAR, patient VARCHAR, taken_us BIGINT, what VARCHAR, source VARCHAR, replaces VARCHAR, seq BIGINT
);
CREATE TABLE detector (
    id VARCHAR, name VARCHAR, phenomenon VARCHAR, parent VARCHAR, accepted_us BIGINT, seq BIGINT
);
-- The present: the newest run of each recording, the newest verdict on each episode.
CREATE VIEW present_run AS
    SELECT * FROM analysis_run QUALIFY row_number() OVER (PARTITION BY recording ORDER BY seq DESC) = 1;
CREATE VIEW present_review AS
    SELECT * FROM review WHERE episode <> ''
    QUALIFY row_number() OVER (PARTITION BY episode ORDER BY seq DESC) = 1;
