// The window of the timeline: probability with its band and threshold under the traces, and the flags as bars.
const TRACE_H = 46, CHANCE_H = 58, BARS_H = 20;
const windowTop = S => dayTop(S) + DAY_H + HEAD_H;
const chanceEnd = S => spectrumEnd(S) + CHANCE_H;
const barsEnd = S => chanceEnd(S) + BARS_H;
const wholeHeight = S => barsEnd(S) + TICKS_H + 6;

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
  drawMissing(S, c, end - BARS_H, chanceEnd(S));
  for (const [us, what] of data.doses) if (us >= view.from && us < view.to) {
    line(c, windowX(S, us), top, windowX(S, us), end - BARS_H, DOSE, 1.2);
    text(c, what || "dose", windowX(S, us) + 4, top + 6, { size: 12, fill: DOSE });
  }
  c.restore();
  if (!data.window) return;
  drawTraces(S, c); drawSpectrum(S, c); drawChance(S, c); drawBars(S, c);
}
