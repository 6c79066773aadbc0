// The raster (day by time of day, with the same rows as numbers beside it) and the day under it, on one axis.
const rowTop = k => AXIS_H + k * ROW_H;
const rasterEnd = S => AXIS_H + S.data.days.length * ROW_H;
const dayTop = S => rasterEnd(S) + LEGEND_H + HEAD_H;
const tickHeight = us => 5 + 11 * Math.min(1, Math.max(0, Math.log(us / SECOND / 2) / Math.log(20)));

function drawAxis(S, c) {
  const [a, b] = S.data.axis, step = stepFor((b - a) * HOUR, b - a > 12 ? 13 : 12);
  const end = rasterEnd(S);
  for (let w = Math.ceil(a * HOUR / step) * step; w <= b * HOUR + 1; w += step) {
    const x = dayX(S, w), whole = step >= HOUR && !S.data.relative;
    const label = whole ? two(w / HOUR) : S.data.relative || step < HOUR
      ? Math.floor(w / HOUR) + ":" + two(Math.floor(w / MINUTE) % 60) + (step < MINUTE ? ":" + two(w / SECOND % 60) : "") : two(w / HOUR);
    text(c, label, x, 9, { size: 11.5, fill: INK3, align: w === a * HOUR ? "left" : w >= b * HOUR ? "right" : "center" });
    line(c, Math.round(x) + .5, AXIS_H, Math.round(x) + .5, end, w % (6 * HOUR) === 0 || step < HOUR ? RULE : FAINT);
  }
}

function tick(S, c, a, b, baseline, height, episode) {
  const [, , , , , sure, verdict] = episode, w = Math.max(2, b - a);
  const x = a - (w > b - a ? 1 : 0), y = baseline - height;
  if (verdict === "wrong") {
    c.strokeStyle = CONTROL; c.lineWidth = 1; c.strokeRect(x + .5, y + .5, Math.max(1.5, w - 1), height - 1);
  } else if (sure) { c.fillStyle = S.data.colour.fill; c.fillRect(x, y, w, height); }
  else {
    const wide = Math.max(4, w);
    c.fillStyle = S.hatches.unsure; c.fillRect(x, y, wide, height);
    c.strokeStyle = S.data.colour.fill; c.lineWidth = .7; c.strokeRect(x, y, wide, height);
  }
  if (S.view.episode === episode[0]) { c.strokeStyle = INK; c.lineWidth = 1; c.strokeRect(x - 2.5, y - 2.5, w + 5, height + 5); }
}

function drawDoses(S, c, day, top, bottom, labelled) {
  let free = -100;
  for (const [us] of S.data.doses) {
    if (us < day.t0 || us >= day.t1) continue;
    const [[x]] = dayStretches(S, day, us, us);
    line(c, x, top, x, bottom, DOSE, 1.2);
    c.fillStyle = DOSE; c.beginPath(); c.moveTo(x - 4, top); c.lineTo(x + 4, top); c.lineTo(x, top + 6); c.fill();
    if (labelled && x > free) {
      const words = clockText(S.data, us, MINUTE), left = x + 44 > S.plotEnd;
      text(c, words, left ? x - 6 : x + 6, top - 1, { fill: DOSE, align: left ? "right" : "left" });
      free = x + 40;
    }
  }
}

function drawRaster(S, c) {
  const { data, view } = S;
  drawAxis(S, c);
  data.days.forEach((day, k) => {
    const y = rowTop(k), chosen = k === view.day, baseline = y + ROW_H - 3;
    if (chosen) { c.fillStyle = SELECTED; c.fillRect(0, y, S.width, ROW_H); }
    text(c, day.short, 2, y + ROW_H / 2, { size: 13, weight: chosen ? 650 : 400 });
    ground(S, c, day, y + 3, ROW_H - 6);
    for (const [from, to] of data.spans.worn)
      for (const [a, b] of dayStretches(S, day, from, to)) line(c, a, baseline + .5, b, baseline + .5, RULE_STRONG);
    for (const e of data.episodes)
      if (e[1] >= day.t0 && e[1] < day.t1)
        for (const [a, b] of dayStretches(S, day, e[1], Math.max(e[2], e[1] + 1)).slice(0, 1)) tick(S, c, a, b, baseline, tickHeight(e[2] - e[1]), e);
    drawDoses(S, c, day, y + 1, baseline, false);
    line(c, 0, y + ROW_H + .5, S.width, y + ROW_H + .5, FAINT);
  });
  if (S.wide) drawNumbers(S, c);
  drawLegend(S, c, rasterEnd(S) + LEGEND_H / 2 + 1);
}

// The rows again as a table: worn hours, flags, rate with its interval against the period's and the one before.
function drawNumbers(S, c) {
  const { data } = S, x0 = S.plotEnd + 150, x1 = S.width - 10, worn = S.plotEnd + 58, flags = S.plotEnd + 112;
  text(c, "worn h", worn, 9, { size: 11.5, fill: INK3, align: "right" });
  text(c, "flags", flags, 9, { size: 11.5, fill: INK3, align: "right" });
  text(c, "per judged h, 95 % interval", S.width, 9, { size: 11.5, fill: INK3, align: "right" });
  // Days without a rate have no say in the scale: of a week hardly worn they are most.
  const highs = data.days.map(d => d.high).concat(data.week?.high, data.before?.value).filter(h => h > 0).sort((p, q) => p - q);
  // One short day with a huge interval must not flatten all the others: it runs out of the picture.
  const top = Math.max(Math.min(highs[highs.length - 1] ?? 0, 2.5 * (highs[highs.length >> 1] ?? 0)), .1) * 1.05;
  const at = v => x0 + Math.min(v / top, 1.02) * (x1 - x0), end = rasterEnd(S);
  if (data.week) {
    c.fillStyle = data.colour.wash; c.fillRect(at(data.week.low), AXIS_H, at(data.week.high) - at(data.week.low), end - AXIS_H);
    line(c, at(data.week.value), AXIS_H, at(data.week.value), end, data.colour.ink, 1.5);
  }
  if (data.before) line(c, at(data.before.value), AXIS_H, at(data.before.value), end, INK2, 1, [2, 3]);
  data.days.forEach((day, k) => {
    const y = rowTop(k) + ROW_H / 2;
    text(c, day.worn, worn, y, { size: 13, align: "right" });
    text(c, flagsOf(day), flags, y, { size: 13, align: "right" });
    if (day.unsure) text(c, "+" + day.unsure, flags + 3, y + .5, { size: 11, fill: data.colour.ink });
    if (day.rate === null) { if (day.worn !== "–") text(c, day.no_rate, x0, y, { size: 11.5, fill: INK3 }); return; }
    line(c, at(day.low), y, at(day.high), y, INK, 1.2);
    dayDot(c, at(day.rate), y, data.colour.fill, day.valid !== false);
  });
  if (data.days.some(d => d.valid === false && d.rate !== null)) {
    dayDot(c, S.plotEnd + 16, end + 10, data.colour.fill, false);
    text(c, "day not valid", S.plotEnd + 23, end + 10, { size: 11.5, fill: INK3 });
  }
  if (data.no_week) text(c, data.no_week, S.width, end + 10, { size: 11.5, weight: 650, align: "right" });
  if (!data.week) return;
  const now = at(data.week.value), before = data.before && at(data.before.value);
  const nowRight = !data.before || now >= before, y = end + 10;
  const label = `${data.week.label} ${data.week.text}`, earlier = data.before && `${data.before.label} ${data.before.text}`;
  c.font = `650 11.5px ${FONT}`;
  const room = c.measureText(label).width, edge = Math.min(Math.max(now, x0 + (nowRight ? 0 : room)), S.width - (nowRight ? room : 0));
  text(c, label, edge, y, { size: 11.5, weight: 650, fill: data.colour.ink, align: nowRight ? "left" : "right" });
  if (earlier) text(c, earlier, nowRight ? edge - 8 : edge + 8, y, { size: 11.5, fill: INK2, align: nowRight ? "right" : "left" });
}

// No flag is a finding only where it was looked for.
const flagsOf = day => day.looked || day.flags ? String(day.flags) : "–";

// The rate of a day; hollow where the day was not worn enough to be valid.
function dayDot(c, x, y, fill, valid) {
  c.beginPath(); c.arc(x, y, valid ? 3.4 : 2.9, 0, 7);
  c.fillStyle = valid ? fill : "#FFF"; c.fill();
  if (!valid) { c.strokeStyle = fill; c.lineWidth = 1.3; c.stroke(); }
}

function drawLegend(S, c, y) {
  const base = y + 6, opts = { size: 11.5, fill: INK3 };
  let x = LABEL_W;
  const word = (string, fill) => { text(c, string, x, y, { ...opts, fill: fill ?? INK3 }); x += c.measureText(string).width + 14; };
  word("Height is length:"); x -= 6;
  for (const s of [2, 10, 40]) {
    c.fillStyle = S.data.colour.fill; c.fillRect(x, base - tickHeight(s * SECOND), 2, tickHeight(s * SECOND));
    x += 5; word(s + " s"); x -= 6;
  }
  x += 6;
  c.fillStyle = S.hatches.unsure; c.fillRect(x, y - 5, 5, 11); c.strokeStyle = S.data.colour.fill; c.lineWidth = .7; c.strokeRect(x, y - 5, 5, 11);
  x += 10; word("unsure, +n, not counted");
  if (S.data.doses.length) {
    line(c, x + 4, y - 5, x + 4, y + 6, DOSE, 1.2); c.fillStyle = DOSE;
    c.beginPath(); c.moveTo(x, y - 5); c.lineTo(x + 8, y - 5); c.lineTo(x + 4, y + 1); c.fill();
    x += 14; word("dose", DOSE);
  }
  c.fillStyle = S.hatches.notWorn; c.fillRect(x, y - 5, 18, 11); x += 24; word("not worn");
  c.fillStyle = S.hatches.dots; c.fillRect(x, y - 5, 18, 11); x += 24; word("not judged");
  if (S.data.spans.gap.length) { dottedBox(c, x, y - 5, 18, 11); x += 24; word("gap"); }
}

function drawDay(S, c) {
  const { data, view } = S, day = data.days[view.day];
  if (!day) return;
  const top = dayTop(S) + 14, middle = top + 30, bottom = top + DAY_H - 16;
  ground(S, c, day, top, bottom - top);
  for (const [from, to] of data.spans.not_worn)
    for (const [a, b] of dayStretches(S, day, from, to)) if (b - a > 80) {
      c.fillStyle = "#F7F8F9"; c.fillRect(a + 5, top + 8, 56, 15);
      text(c, "not worn", a + 8, top + 16, { size: 12, fill: INK2 });
    }
  text(c, "movement", LABEL_W - 2, top + 20, { size: 11, fill: INK3, align: "right" });
  text(c, "probability", LABEL_W - 2, middle + 22, { size: 11, fill: INK3, align: "right" });
  line(c, LABEL_W, bottom + .5, S.plotEnd, bottom + .5, RULE_STRONG);
  const o = data.overview;
  if (o && o.day === view.day) {
    const movement = data.take(o.movement), chance = data.take(o.probability), n = movement.length, step = (day.t1 - day.t0) / n;
    const scale = Math.max(o.top, .05);
    c.fillStyle = "#B4BEC8";
    const x = k => { const us = day.t0 + k * step; return (dayStretches(S, day, us, us + step)[0] ?? [null])[0]; };
    const w = Math.max(1, (S.plotEnd - LABEL_W) / ((data.axis[1] - data.axis[0]) * HOUR) * step + .3);
    for (let k = 0; k < n; k++) if (!Number.isNaN(movement[k])) {
      const h = Math.min(28, movement[k] / scale * 28), at = x(k);
      if (at !== null && at >= LABEL_W - 1 && at < S.plotEnd) c.fillRect(at, middle - h, w, h);
    }
    const yOf = p => bottom - p * 28;
    c.strokeStyle = INK2; c.lineWidth = .8; c.beginPath();
    let pen = false, last = -1;
    for (let k = 0; k < n; k++) {
      const at = Number.isNaN(chance[k]) ? null : x(k);
      if (at === null || at < LABEL_W - 1 || at > S.plotEnd || at < last) { pen = false; last = at ?? last; continue; }
      if (pen) c.lineTo(at, yOf(chance[k])); else c.moveTo(at, yOf(chance[k]));
      pen = true; last = at;
    }
    c.stroke();
    if (data.threshold !== null) line(c, LABEL_W, yOf(data.threshold), S.plotEnd, yOf(data.threshold), INK, .8, [3, 2]);
  }
  for (const e of data.episodes)
    if (e[1] >= day.t0 && e[1] < day.t1)
      for (const [a, b] of dayStretches(S, day, e[1], Math.max(e[2], e[1] + 1)).slice(0, 1)) tick(S, c, a, b, middle + 16, 10, e);
  drawDoses(S, c, day, top - 6, bottom, true);
}

// Where the open window lies: all of the overview that moves with it.
function drawPlace(S, c) {
  const { data, view } = S, day = data.days[view.day];
  if (!day || view.from === null) return;
  const middle = (view.from + view.to) / 2, row = rowTop(view.day) + ROW_H;
  for (const [x] of dayStretches(S, day, middle, middle)) if (x <= S.plotEnd) {
    c.fillStyle = INK; c.beginPath(); c.moveTo(x - 4, row + 3); c.lineTo(x + 4, row + 3); c.lineTo(x, row - 2); c.fill();
  }
  const top = dayTop(S) + 14, bottom = top + DAY_H - 16;
  for (const [a, b] of dayStretches(S, day, view.from, view.to)) {
    // The axis of a short recording ends with it; a window that is longer must not be framed across the card.
    const x = Math.max(LABEL_W, Math.min(a, (a + b) / 2 - 3)), x2 = Math.min(S.plotEnd, Math.max(b, (a + b) / 2 + 3));
    if (x >= x2) continue;
    c.strokeStyle = INK; c.lineWidth = 2; c.beginPath();
    c.moveTo(x, top); c.lineTo(x, top - 4); c.lineTo(x2, top - 4); c.lineTo(x2, top);
    c.moveTo(x, bottom + 1); c.lineTo(x, bottom + 5); c.lineTo(x2, bottom + 5); c.lineTo(x2, bottom + 1); c.stroke();
  }
}

// Raster and day are painted once and kept as an image: of ten thousand flags each frame would draw all anew, while
// only the window moves. Whatever they show is named here.
function drawOverview(S, c) {
  const of = [S.data, S.view.day, S.view.episode, S.canvas.width, S.canvas.height, S.painted];
  if (!S.overview || of.some((what, k) => what !== S.overview.of[k])) {
    const image = S.overview?.image ?? document.createElement("canvas");
    image.width = S.canvas.width; image.height = Math.round(windowTop(S) * S.canvas.height / wholeHeight(S));
    const still = image.getContext("2d");
    still.setTransform(c.getTransform());
    drawRaster(S, still); drawDay(S, still);
    S.overview = { of, image };
  }
  c.save(); c.setTransform(1, 0, 0, 1, 0, 0); c.drawImage(S.overview.image, 0, 0); c.restore();
  drawPlace(S, c);
}
