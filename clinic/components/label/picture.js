// The picture of the labelling page: traces and spectrogram, the spans on them, and a lane for each who says something.
const TRACE_H = 80, BAR_H = 20, LANE_H = 18, BESIDE_H = 76;
const windowTop = () => HEAD_H + BAR_H;
const besideEnd = S => spectrumEnd(S) + S.data.beside.length * BESIDE_H;
// A lane for the person, and one for each who says something beside them: in one they would cover one another.
const othersTop = S => besideEnd(S) + LANE_H;
const barsEnd = S => othersTop(S) + Math.max(1, S.data.voices.length) * LANE_H;
const wholeHeight = S => stripsEnd(S) + 4;
const PLAIN = { name: "", fill: "#7A8691", ink: "#48535E", wash: "rgba(122,134,145,.14)" };
const classOf = (S, name) => classes(S).find(k => k.name === name) ?? PLAIN;

// The stored spans of the person with the edits that are on their way: [key, from, to, class, how sure].
function marks(S) {
  const list = S.data.marks.map(m => [...m]);
  for (const e of S.outbox) {
    const at = list.findIndex(m => m[0] === e.target);
    if (e.kind === "add") list.push([e.id, e.from, e.to, e.label, null]);
    else if (at < 0) continue;
    else if (e.kind === "move") { list[at][1] = e.from; list[at][2] = e.to; }
    else if (e.kind === "class") list[at][3] = e.label;
    else if (e.kind === "sure") list[at][4] = e.confidence;
    else if (e.kind === "remove") list.splice(at, 1);
  }
  if (S.drag?.kind === "edge" && S.drag.moved) {
    const mine = list.find(m => m[0] === S.drag.key);
    if (mine) mine[S.drag.edge === "start" ? 1 : 2] = S.drag.us;
  }
  return list.sort((a, b) => a[1] - b[1]);
}
const seen = (S, list) => list.filter(m => m[2] > S.view.from && m[1] < S.view.to);

function drawSpans(S, c, list) {
  const top = windowTop(S), end = besideEnd(S);
  for (const [key, from, to, name] of list) {
    const k = classOf(S, name), a = windowX(S, from), w = windowX(S, to) - a, mine = S.focus?.key === key;
    if (mine || !name.startsWith("all ")) { c.fillStyle = k.wash; c.fillRect(a, top, w, end - top); }
    if (mine) { c.fillRect(a, top, w, end - top); line(c, a, top, a, end, k.ink, 1.4); line(c, a + w, top, a + w, end, k.ink, 1.4); }
  }
}
// A bar with key and name over each span; a name is cut where the next one begins.
function drawNames(S, c, list) {
  const y = windowTop(S) - 6, names = classes(S);
  list.forEach(([, from, to, name, sure], n) => {
    const k = classOf(S, name), a = Math.max(LABEL_W, windowX(S, from)), b = Math.min(S.plotEnd, windowX(S, to));
    bar(c, a, y, b - a, 5, k);
    const at = names.indexOf(k) + 1, next = list[n + 1] ? Math.max(a + 14, windowX(S, list[n + 1][1])) : S.plotEnd;
    c.save(); c.beginPath(); c.rect(a, y - 18, Math.min(next, S.plotEnd) - a - 4, 18); c.clip();
    text(c, `${at > 0 && at < 10 ? at + " " : ""}${name}${sure == null ? "" : ` ${Math.round(100 * sure)} %`}`, a, y - 8, { size: 12, weight: 650, fill: k.ink });
    c.restore();
  });
}
function bar(c, a, y, w, h, k) {
  c.fillStyle = k.fill; c.fillRect(a, y, Math.max(2, w), h);
  // What tells classes apart that share a colour: bars across, or dots.
  c.fillStyle = k.ink;
  const tall = Math.min(2, h - 3);
  if (k.mark === "bars") for (let x = 4; x < w - 2; x += 6) c.fillRect(a + x, y, 1.5, h);
  if (k.mark === "dots") for (let x = 4, n = 0; x < w - 3; x += 4, n++) c.fillRect(a + x, y + (h - tall) * (n % 2 ? .7 : .3), 2, tall);
  c.strokeStyle = k.ink; c.lineWidth = .8; c.strokeRect(a + .4, y + .4, Math.max(1.2, w - .8), h - .8);
}
function drawLanes(S, c, list) {
  const { data } = S, y = besideEnd(S) + 4;
  text(c, "you", LABEL_W - 9, y + 5, { size: 12, fill: INK2, align: "right" });
  for (const [, from, to, name] of list) {
    const a = Math.max(LABEL_W, windowX(S, from));
    bar(c, a, y, Math.min(S.plotEnd, windowX(S, to)) - a, 10, classOf(S, name));
  }
  const several = data.voices.length > 1, first = y + LANE_H;
  for (const [n, who] of (several ? data.voices : ["others"]).entries()) {
    c.save(); c.beginPath(); c.rect(0, first + n * LANE_H - 4, LABEL_W - 6, LANE_H); c.clip();
    const fits = (c.font = `400 12px ${FONT}`, c.measureText(who).width <= LABEL_W - 10);
    text(c, who, fits ? LABEL_W - 9 : 2, first + n * LANE_H + 5, { size: 12, fill: INK2, align: fits ? "right" : "left" });
    c.restore();
  }
  if (!data.shown) {
    c.fillStyle = "#F5F6F8"; c.fillRect(LABEL_W, first - 3, S.plotEnd - LABEL_W, LANE_H - 2);
    text(c, "the detector and other annotators are hidden while you mark; B shows them", (LABEL_W + S.plotEnd) / 2, first + 5, { size: 12, fill: INK2, align: "center" });
    return;
  }
  for (const [from, to, name, who, sure] of seen(S, data.others.map(o => [o, ...o])).map(o => o[0])) {
    const a = Math.max(LABEL_W, windowX(S, from)), b = Math.min(S.plotEnd, windowX(S, to)), k = classOf(S, name), low = first + Math.max(0, data.voices.indexOf(who)) * LANE_H;
    if (sure) bar(c, a, low, b - a, 10, k);
    else { c.fillStyle = S.hatches.unsure; c.fillRect(a, low, Math.max(2, b - a), 10); c.strokeStyle = k.ink; c.lineWidth = .8; c.strokeRect(a + .4, low + .4, Math.max(1.2, b - a - .8), 9.2); }
    const words = `${several ? "" : `${who}: `}${name}${sure ? "" : ", unsure"}`;
    c.font = `400 11.5px ${FONT}`;
    if (b - a > c.measureText(words).width + 12) { c.fillStyle = "#FFF"; c.fillRect(a + 4, low - 2, c.measureText(words).width + 6, 14); text(c, words, a + 7, low + 5, { size: 11.5, fill: k.ink }); }
  }
}

// The suggestion that was gone to, as a dashed box behind the names; the flag that is chosen, in the lane of others.
function drawChosen(S, c) {
  const n = suggested(S), f = flagOf(S), top = windowTop(S), end = besideEnd(S);
  if (n && !S.draft) {
    const a = windowX(S, n[0]), w = windowX(S, n[1]) - a;
    c.strokeStyle = INK; c.lineWidth = 1; c.setLineDash([3, 3]); c.strokeRect(a, top - 2, w, end - top + 2); c.setLineDash([]);
    text(c, "suggested", Math.max(LABEL_W, a) + 2, top - 10, { size: 12, weight: 650 });
  }
  if (!f) return;
  const a = windowX(S, f[1]), w = windowX(S, f[2]) - a, k = classOf(S, f[3]);
  c.fillStyle = k.wash; c.fillRect(a, top, w, end - top);
  c.strokeStyle = INK; c.lineWidth = 2; c.strokeRect(a - 1, othersTop(S) + 2, w + 2, 14);  // the detector's is the first lane
}
// The span that has no class yet is dashed: it is not saved before it has one.
function drawDraft(S, c) {
  const d = S.drag?.kind === "new" && S.drag.moved ? S.drag : S.draft;
  if (!d) return;
  const a = windowX(S, Math.min(d.from, d.to)), b = windowX(S, Math.max(d.from, d.to)), top = windowTop(S), end = othersTop(S);
  c.fillStyle = "rgba(31,41,51,.08)"; c.fillRect(a, top, b - a, end - top);
  c.strokeStyle = INK; c.lineWidth = 1.2; c.setLineDash([4, 3]); c.strokeRect(a, top - 5, b - a, end - top + 5); c.setLineDash([]);
  if (d !== S.draft) return;
  const left = Math.min(Math.max(LABEL_W, a), S.plotEnd - 112);
  c.fillStyle = "#FFF"; c.fillRect(left - 2, top - 22, 114, 16);
  text(c, d.label ? "Enter saves it" : "1–9 gives it a class", left, top - 14, { size: 12, weight: 650 });
}
// The focused edge: a handle on the traces, and a tag at the foot with its time and the step of the keys.
function drawEdge(S, c) {
  const at = focused(S);
  if (!at) return;
  const x = windowX(S, at.us), middle = windowTop(S) + 1.5 * TRACE_H;
  if (x < LABEL_W - 1 || x > S.plotEnd + 1) return;
  c.fillStyle = "#FFF"; c.strokeStyle = INK; c.lineWidth = 2; c.beginPath(); c.roundRect(x - 4, middle - 12, 8, 24, 2); c.fill(); c.stroke();
  line(c, x - 1.5, middle - 6, x - 1.5, middle + 6, INK); line(c, x + 1.5, middle - 6, x + 1.5, middle + 6, INK);
  const words = `${at.edge} ${edgeText(S.data, at.us)}   ← → 0.1 s`;
  c.font = `400 12px ${FONT}`;
  const w = c.measureText(words).width + 16, left = Math.min(Math.max(LABEL_W, x - w / 2), S.plotEnd - w), y = barsEnd(S) + 1;
  c.fillStyle = INK; c.beginPath(); c.roundRect(left, y, w, 19, 3); c.fill();
  text(c, words, left + 8, y + 10, { fill: "#FFF" });
}

// Other sensors and rotation, each on a scale of its own under its name.
function drawBeside(S, c) {
  S.data.beside.forEach(({ name, window }, k) => {
    const top = spectrumEnd(S) + 2 + k * BESIDE_H, has = window.channels.some(x => x.series.length);
    line(c, LABEL_W, top + 1, S.plotEnd, top + 1, RULE);
    const perUnit = drawChannels(S, c, window, window.channels, top + 13, BESIDE_H - 17, window.unit === "g" ? .2 : 20);
    const words = has ? `${name.replaceAll("-", " ")}, ${Number(((BESIDE_H - 17) / 3 / perUnit).toPrecision(2))} ${window.unit} a row` : `${name.replaceAll("-", " ")}: nothing recorded here`;
    c.font = `650 12px ${FONT}`;
    c.fillStyle = "rgba(255,255,255,.85)"; c.fillRect(LABEL_W + 2, top + 2, c.measureText(words).width + 8, 14);
    text(c, words, LABEL_W + 6, top + 9, { size: 12, weight: 650 });
  });
}

function draw(S) {
  const c = S.context, list = seen(S, marks(S)), top = windowTop(S), end = barsEnd(S);
  c.clearRect(0, 0, S.width, wholeHeight(S));
  c.save(); c.beginPath(); c.rect(LABEL_W, top - 26, S.plotEnd - LABEL_W, end + TICKS_H - top + 32); c.clip();
  drawTicks(S, c); drawMissing(S, c, spectrumEnd(S), spectrumEnd(S)); drawSpans(S, c, list);
  c.restore();
  if (S.data.window) { drawTraces(S, c); drawSpectrum(S, c); drawBeside(S, c); }
  drawLanes(S, c, list);
  c.save(); c.beginPath(); c.rect(LABEL_W - 5, 0, S.plotEnd - LABEL_W + 10, wholeHeight(S)); c.clip();
  drawNames(S, c, list); drawChosen(S, c); drawDraft(S, c); drawEdge(S, c);
  c.restore();
  drawStrips(S, c);
  say(S);
}
