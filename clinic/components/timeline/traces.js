// Raw traces and spectrogram of a window. Where they lie, and TRACE_H, is said by the picture that they are part of.
const tracesEnd = S => windowTop(S) + 3 * TRACE_H + 4;
const spectrumEnd = S => tracesEnd(S) + SPECTRUM_H;
// What lies outside the plot (data are delivered with a margin on both sides) is not painted over the labels.
function inPlot(S, c, draw) {
  c.save(); c.beginPath(); c.rect(LABEL_W, windowTop(S) - 6, S.plotEnd - LABEL_W, barsEnd(S) - windowTop(S) + 6); c.clip();
  draw();
  c.restore();
}

function drawTraces(S, c) {
  const w = S.data.window, top = windowTop(S);
  const channels = w.channels.filter(k => !S.off?.has(k.name)), perG = drawChannels(S, c, w, channels, top, 3 * TRACE_H, .2);
  const bar = [5, 2, 1, .5, .2, .1, .05].find(g => g * perG <= 2 * TRACE_H) ?? .05, base = top + 3 * TRACE_H - 6;
  line(c, LABEL_W - 5.5, base, LABEL_W - 5.5, base - bar * perG, CONTROL);
  text(c, `${bar} ${w.unit}`, LABEL_W - 9, base - 5, { size: 11.5, fill: INK3, align: "right" });
}
// Channels under one another on one scale, which spans `least` of their unit at the least; pixels of one unit.
function drawChannels(S, c, w, channels, top, whole, least) {
  const { data, view } = S, height = whole / channels.length;
  let span = least;
  const centres = channels.map(channel => {
    let low = Infinity, high = -Infinity;
    for (const [t, step, ref] of channel.series) {
      const values = data.take(ref), a = Math.max(0, Math.floor((view.from - t) / step)), b = Math.min(values.length, Math.ceil((view.to - t) / step) + 1);
      for (let k = a; k < b; k++) { if (values[k] < low) low = values[k]; if (values[k] > high) high = values[k]; }
    }
    if (high < low) return 0;
    span = Math.max(span, high - low);
    return (low + high) / 2;
  });
  const perG = height * 1.05 / span;
  channels.forEach((channel, row) => {
    const y = top + (row + .5) * height;
    text(c, channel.name, 2, y, { size: Math.min(13, height * .6), weight: 650 });
    c.strokeStyle = INK; c.lineWidth = w.level === "raw" ? 1 : .8;
    inPlot(S, c, () => { for (const [t, step, ref] of channel.series) {
      const values = data.take(ref), a = Math.max(0, Math.floor((view.from - t) / step) - 1), b = Math.min(values.length, Math.ceil((view.to - t) / step) + 2);
      c.beginPath();
      for (let k = a; k < b; k++) {
        const x = windowX(S, t + k * step), v = y - (values[k] - centres[row]) * perG;
        if (k === a) c.moveTo(x, v); else c.lineTo(x, v);
      }
      c.stroke();
    } });
  });
  return perG;
}

function drawSpectrum(S, c) {
  const { data } = S, s = data.window.spectrum, top = tracesEnd(S) + 4, h = SPECTRUM_H - 10;
  text(c, "Hz", 2, top + h / 2, { size: 12, fill: INK3 });
  if (!s && !data.window.channels.some(k => k.series.length)) return;  // a gap, which is written over the traces
  if (!s) { text(c, data.window.level === "raw" ? "too few samples a second for a spectrum" : "the spectrum is drawn for windows up to 20 min", LABEL_W + 6, top + h / 2, { size: 12, fill: INK3 }); return; }
  if (S.spectrumOf !== s) {
    const power = data.take(s.ref), tile = document.createElement("canvas");
    tile.width = s.columns; tile.height = s.bins;
    const pixels = new ImageData(s.columns, s.bins);
    for (let x = 0; x < s.columns; x++) for (let y = 0; y < s.bins; y++) {
      const v = power[x * s.bins + y], at = ((s.bins - 1 - y) * s.columns + x) * 4;
      pixels.data[at] = 31; pixels.data[at + 1] = 41; pixels.data[at + 2] = 51;
      pixels.data[at + 3] = Number.isNaN(v) ? 0 : 230 * v * v;
    }
    tile.getContext("2d").putImageData(pixels, 0, 0);
    S.spectrumOf = s; S.spectrumTile = tile;
  }
  const x1 = windowX(S, s.from), x2 = windowX(S, s.from + s.columns * s.step);
  c.imageSmoothingEnabled = true; c.imageSmoothingQuality = "high";
  inPlot(S, c, () => c.drawImage(S.spectrumTile, x1, top, x2 - x1, h));
  for (const hz of [3, 8]) {
    const y = top + h - hz / s.top * h;
    line(c, LABEL_W, y, S.plotEnd, y, INK3, .8, [1, 3]);
    text(c, String(hz), LABEL_W - 9, y, { size: 11.5, fill: INK3, align: "right" });
  }
  line(c, LABEL_W - 4.5, top + h - 3 / s.top * h, LABEL_W - 4.5, top + h - 8 / s.top * h, INK);
}

function drawTicks(S, c) {
  const { data, view } = S, span = view.to - view.from, step = stepFor(span, 8), top = windowTop(S), end = barsEnd(S);
  const offset = wall(data, view.from) - view.from;
  for (let w = Math.ceil((view.from + offset) / step) * step; w - offset <= view.to; w += step) {
    const us = w - offset, x = windowX(S, us);
    line(c, Math.round(x) + .5, top, Math.round(x) + .5, end, FAINT);
    const align = x < LABEL_W + 24 ? "left" : x > S.plotEnd - 24 ? "right" : "center";
    text(c, clockText(data, us, step), x, end + 9, { size: 11.5, fill: INK3, align });
  }
}

// Where nothing was recorded, as a box down to `end`; where it was not worn, as a hatched strip that ends at `foot`.
function drawMissing(S, c, end, foot) {
  const { data, view } = S, top = windowTop(S);
  for (const [kind, spans] of [["not worn", data.spans.not_worn], ["gap: nothing recorded", data.spans.gap]]) for (const [from, to] of spans) {
    if (to <= view.from || from >= view.to) continue;
    const a = Math.max(LABEL_W, windowX(S, from)), b = Math.min(S.plotEnd, windowX(S, to)), h = end - top;
    if (kind === "not worn") { c.fillStyle = S.hatches.notWorn; c.fillRect(a, foot - 12, b - a, 12); }
    else { dottedBox(c, a, top, b - a, h); if (b - a > 130) text(c, kind, a + 8, top + 12, { size: 12, fill: INK2 }); }
  }
}
