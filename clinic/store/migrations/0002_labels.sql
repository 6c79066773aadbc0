-- What a label carries beside its span. Removing one is a row that replaces it with `is_removed`.
-- Taking a row back is another row, which names it in `undoes`.
ALTER TABLE label ADD COLUMN source VARCHAR;
ALTER TABLE label ADD COLUMN confidence DOUBLE;
ALTER TABLE label ADD COLUMN tool VARCHAR;
ALTER TABLE label ADD COLUMN model VARCHAR;
ALTER TABLE label ADD COLUMN is_removed BOOLEAN;
ALTER TABLE label ADD COLUMN undoes VARCHAR;
CREATE VIEW present_label AS
    SELECT * FROM label WHERE NOT coalesce(is_removed, FALSE)
    AND id NOT IN (SELECT replaces FROM label WHERE replaces <> '');
