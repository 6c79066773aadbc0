-- Whose a recording is: the newest row counts, and an empty patient is nobody, so that it counts nowhere.
CREATE VIEW owned_recording AS
    SELECT * FROM recording QUALIFY row_number() OVER (PARTITION BY id ORDER BY seq DESC) = 1;
CREATE VIEW present_recording AS SELECT * FROM owned_recording WHERE patient <> '';
-- What was analysed for the owner before is not the present of the next one.
DROP VIEW present_run;
CREATE VIEW present_run AS
    SELECT run.* FROM analysis_run AS run JOIN present_recording AS r ON r.id = run.recording AND run.seq > r.seq
    QUALIFY row_number() OVER (PARTITION BY run.recording ORDER BY run.seq DESC) = 1;
