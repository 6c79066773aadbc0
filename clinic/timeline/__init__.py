"""From rows to what the timeline shows: clock, rates, raster, day, window, sentence. Pure; draws nothing."""
