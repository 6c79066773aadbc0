// The window: raw traces, spectrogram, probability with its band and threshold, and the flags as bars.
// What lies outside the plot (data are delivered with a margin on both sides) is not painted over the labels.
function inPlot(S, c, draw) {
  c.save(); c.beginPath(); c.rect(LABEL_W, windowTop(S) - 6, S.plotEnd - LABEL_W, barsEnd(S) - windowTop(S) + 6); c.clip();
  draw();
  c.restore();
}
const windowTop = S => dayTop(S) + DAY_H + HEAD_H;
const tracesEnd = S => windowTop(S) + 3 * TRACE_H + 4;
const spectrumEnd = S => tracesEnd(S) + SPECTRUM_H;
const chanceEnd = S => spectrumEnd(S) + CHANCE_H;
const barsEnd = S => chanceEnd(S) + BARS_H;
const wholeHeight = S => barsEnd(S) + TICKS_H + 6;

function drawTraces(S, c) {
  const { data, view } = S, w = data.window, top = windowTop(S);
  let span = .2;
  const centres = w.channels.map(channel => {
    let low = Infinity, high = -Infinity;
    for (const [t, step, ref] of channel.series) {
      const values = data.take(ref), a = Math.max(0, Math.floor((view.from - t) / step)), b = Math.min(values.length, Math.ceil((view.to - t) / step) + 1);
      for (let k = a; k < b; k++) { if (values[k] < low) low = values[k]; if (values[k] > high) high = values[k]; }
    }
    if (high < low) return 0;
    span = Math.max(span, high - low);
    return (low + high) / 2;
  });
  const perG = TRACE_H * 1.05 / span;
  w.channels.forEach((channel, row) => {
    const y = top + (row + .5) * TRACE_H;
    text(c, channel.name, 2, y, { size: 13, weight: 650 });
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
  const bar = [5, 2, 1, .5, .2, .1, .05].find(g => g * perG <= 2 * TRACE_H) ?? .05, base = top + 3 * TRACE_H - 6;
  line(c, LABEL_W - 5.5, base, LABEL_W - 5.5, base - bar * perG, CONTROL);
  text(c, `${bar} ${w.unit}`, LABEL_W - 9, base - 5, { size: 11.5, fill: INK3, align: "right" });
}

function drawSpectrum(S, c) {
  const { data } = S, s = data.window.spectrum, top = tracesEnd(S) + 4, h = SPECTRUM_H - 10;
  text(c, "Hz", 2, top + h / 2, { size: 12, fill: INK3 });
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

function drawChance(S, c) {
  const { data, view } = S, top = spectrumEnd(S) + 14, bottom = chanceEnd(S) - 2, y = p => bottom - p * (bottom - top);
  for (const [p, label] of [[1, "1"], [0, "0"]]) text(c, label, LABEL_W - 9, y(p), { size: 11.5, fill: INK3, align: "right" });
  text(c, "probability", LABEL_W - 2, y(.5), { size: 11, fill: INK3, align: "right" });
  line(c, LABEL_W, bottom + .5, S.plotEnd, bottom + .5, RULE_STRONG);
  inPlot(S, c, () => { for (const [t, pRef, lowRef, highRef] of data.window.curves) {
    const p = data.take(pRef), low = data.take(lowRef), high = data.take(highRef), hop = data.hop;
    const a = Math.max(0, Math.floor((view.from - t) / hop) - 1), b = Math.min(p.length, Math.ceil((view.to - t) / hop) + 2);
    if (b <= a) continue;
    c.fillStyle = "#C6CFD7"; c.beginPath();
    for (let k = a; k < b; k++) c.lineTo(windowX(S, t + k * hop), y(high[k]));
    for (let k = b - 1; k >= a; k--) c.lineTo(windowX(S, t + k * hop), y(low[k]));
    c.fill();
    c.strokeStyle = INK; c.lineWidth = 1.6; c.beginPath();
    for (let k = a; k < b; k++) c.lineTo(windowX(S, t + k * hop), y(p[k]));
    c.stroke();
  } });
  if (data.threshold !== null) {
    line(c, LABEL_W, y(data.threshold), S.plotEnd, y(data.threshold), INK, .8, [4, 2]);
    text(c, "threshold " + data.threshold.toFixed(2), LABEL_W + 3, y(data.threshold) - 8, { size: 11.5, fill: INK2 });
  }
}

function drawBars(S, c) {
  const { data, view } = S, y = chanceEnd(S) + 5, h = 10;
  for (const [from, to, reason] of data.spans.not_judged) {
    const a = Math.max(from, view.from), b = Math.min(to, view.to);
    if (a >= b || reason === "unsure") continue;
    c.fillStyle = S.hatches.dots; c.fillRect(windowX(S, a), y, windowX(S, b) - windowX(S, a), h);
    c.font = `400 11.5px ${FONT}`;
    const words = "not judged: " + reason, room = windowX(S, b) - windowX(S, a);
    if (c.measureText(words).width + 8 < room) {
      c.fillStyle = "#FFF"; c.fillRect(windowX(S, a) + 2, y - 2, c.measureText(words).width + 8, h + 4);
      text(c, words, windowX(S, a) + 6, y + h / 2, { size: 11.5, fill: INK2 });
    }
  }
  let taken = LABEL_W;
  for (const e of data.episodes) {
    if (e[2] <= view.from || e[1] >= view.to) continue;
    const a = Math.max(LABEL_W, windowX(S, e[1])), b = Math.min(S.plotEnd, windowX(S, e[2])), w = Math.max(2, b - a);
    c.fillStyle = e[5] ? e[6] === "wrong" ? "#FFF" : data.colour.fill : S.hatches.unsure;
    c.fillRect(a, y, w, h);
    c.strokeStyle = e[6] === "wrong" ? CONTROL : data.colour.fill; c.lineWidth = 1; c.strokeRect(a + .5, y + .5, w - 1, h - 1);
    const words = `${e[5] ? "" : "unsure, "}${lengthText(e[2] - e[1])}${e[6] ? ", " + e[6] : ""}`;
    c.font = `650 11.5px ${FONT}`;
    if (e[0] === view.episode || b - a > 60) {
      const room = c.measureText(words).width + 10;
      if (a - taken > room) text(c, words, a - 6, y + h / 2, { size: 11.5, weight: 650, fill: data.colour.ink, align: "right" });
      else if (w > room) { c.fillStyle = "#FFF"; c.fillRect(a + 5, y + 1, room - 2, h - 2); text(c, words, a + 9, y + h / 2, { size: 11, weight: 650, fill: data.colour.ink }); }
      else if (e[0] === view.episode) text(c, words, b + 6, y + h / 2, { size: 11.5, weight: 650, fill: data.colour.ink });
    }
    taken = Math.max(taken, b);
  }
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

function drawWindow(S, c) {
  const { data, view } = S, top = windowTop(S), end = barsEnd(S);
  if (view.from === null) {
    text(c, "Drag across a day, or choose a flag: its raw signal opens here.", LABEL_W, top + 40, { size: 13, fill: INK2 });
    return;
  }
  c.save(); c.beginPath(); c.rect(LABEL_W, top - 2, S.plotEnd - LABEL_W, end + TICKS_H - top + 4); c.clip();
  drawTicks(S, c);
  for (const e of data.episodes) if (e[2] > view.from && e[1] < view.to && e[6] !== "wrong") {
    c.fillStyle = data.colour.wash; c.fillRect(windowX(S, e[1]), top, windowX(S, e[2]) - windowX(S, e[1]), end - top - BARS_H);
  }
  for (const [kind, spans] of [["not worn", data.spans.not_worn], ["gap: nothing recorded", data.spans.gap]]) for (const [from, to] of spans) {
    if (to <= view.from || from >= view.to) continue;
    const a = Math.max(LABEL_W, windowX(S, from)), b = Math.min(S.plotEnd, windowX(S, to)), h = end - top - BARS_H;
    if (kind === "not worn") { c.fillStyle = S.hatches.notWorn; c.fillRect(a, chanceEnd(S) - 12, b - a, 12); }
    else { dottedBox(c, a, top, b - a, h); if (b - a > 130) text(c, kind, a + 8, top + 12, { size: 12, fill: INK2 }); }
  }
  for (const [us, what] of data.doses) if (us >= view.from && us < view.to) {
    line(c, windowX(S, us), top, windowX(S, us), end - BARS_H, DOSE, 1.2);
    text(c, what || "dose", windowX(S, us) + 4, top + 6, { size: 12, fill: DOSE });
  }
  c.restore();
  if (!data.window) return;
  drawTraces(S, c); drawSpectrum(S, c); drawChance(S, c); drawBars(S, c);
}
