-- Which version of a detector judges further recordings of every patient. The newest of a name counts, and an empty
-- version is the shipped one again.
CREATE TABLE cohort_detector (id VARCHAR, name VARCHAR, version VARCHAR, made_us BIGINT, seq BIGINT);
