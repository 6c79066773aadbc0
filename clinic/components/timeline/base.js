// Shared by all parts: colours, the binary message, the clock's face, scales. The parts are joined into one module.
const INK = "#1F2933", INK2 = "#48535E", INK3 = "#626D78", CONTROL = "#7A8691";
const RULE_STRONG = "#9BA6B1", RULE = "#DCE1E6", FAINT = "#EDF0F3", SELECTED = "#ECEFF2", DOSE = "#0072B2";
const SECOND = 1e6, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE;
const LABEL_W = 56, CARD_W = 280, GUTTER = 24, AXIS_H = 20, ROW_H = 22, LEGEND_H = 26, HEAD_H = 26, DAY_H = 82;
const SPECTRUM_H = 54, TICKS_H = 20, QUIET_MS = 250, AGAIN_MS = 5000, AGAIN = 4;
const SHORTEST = 2 * SECOND, FONT = '"Source Sans", "Source Sans Pro", Inter, system-ui, sans-serif';

// One message: length of the header, the header as JSON padded to four bytes, then float32 values.
function decode(bytes) {
  const copy = bytes.slice();
  const size = new DataView(copy.buffer).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(copy.subarray(4, 4 + size)));
  const floats = new Float32Array(copy.buffer, 4 + size);
  data.take = ref => floats.subarray(ref[0], ref[0] + ref[1]);
  return data;
}

// The zone's offsets come with the data; no other time zone is ever asked.
function wall(data, us) {
  let offset = data.offsets[0][1];
  for (const [from, value] of data.offsets) if (us >= from) offset = value;
  return us + offset;
}
const two = n => String(n).padStart(2, "0");
// The day of an instant in a recording of several, with a blank behind it: a time of day alone tells no place there.
const dayText = (S, us) => { const day = S.data.days.findLast(([from]) => from <= us); return day ? day[1] + " " : ""; };
function clockText(data, us, step = SECOND) {
  const at = wall(data, us), digits = step < SECOND / 10 ? 2 : step < SECOND ? 1 : 0, cell = SECOND / 10 ** digits;
  // A window may begin before a file without a date does: a second earlier is -0:00:01, not an hour less 59:59.
  const early = data.relative && at < 0, w = early ? Math.ceil(-at / cell) * cell : at, hours = Math.floor(w / HOUR);
  const shown = data.relative ? String(hours) : two(((hours % 24) + 24) % 24);
  const m = Math.floor(w / MINUTE) % 60;
  let text = (early ? "\u2212" : "") + shown + ":" + two((m + 60) % 60);
  if (step < MINUTE) {
    // In whole cells: the tenth of 11.4 s must not be lost to 11.39999.
    const at = Math.floor((w % MINUTE + MINUTE) % MINUTE / cell) / 10 ** digits;
    text += ":" + at.toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  }
  return text;
}
function lengthText(us) {
  if (us < MINUTE) return (us / SECOND).toFixed(1) + " s";
  const minutes = Math.round(us / MINUTE);
  return minutes < 60 ? minutes + " min" : Math.floor(minutes / 60) + " h" + (minutes % 60 ? " " + minutes % 60 + " min" : "");
}

const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30].map(s => s * SECOND)
  .concat([1, 2, 5, 10, 15, 30].map(m => m * MINUTE), [1, 2, 3, 6].map(h => h * HOUR));
const stepFor = (span, most) => STEPS.find(s => span / s <= most) ?? STEPS[STEPS.length - 1];

// Where a time of day stands on the common axis of raster and day, in pixels.
function dayX(S, wallUs) {
  const [a, b] = S.data.axis;
  return LABEL_W + (wallUs / HOUR - a) / (b - a) * (S.plotEnd - LABEL_W);
}
// A span of instants as stretches of the axis: one for each piece of the day that it touches. A piece is [start, end,
// where it begins after midnight, how much of its length it takes]: an hour that comes twice has the room of one.
function dayStretches(S, day, from, to) {
  const out = [];
  for (const [start, end, at, scale] of day.pieces) {
    const a = Math.max(from, start), b = Math.min(to, end);
    if (a < b || (from === to && a === b && a < end)) out.push([dayX(S, at + scale * (a - start)), dayX(S, at + scale * (b - start))]);
  }
  return out;
}
function instantAt(S, day, x) {
  const [a, b] = S.data.axis;
  const w = (a + (x - LABEL_W) / (S.plotEnd - LABEL_W) * (b - a)) * HOUR;
  for (const [start, end, at, scale] of day.pieces)
    if (w >= at && w < at + scale * (end - start)) return start + (w - at) / scale;
  return w < day.pieces[0][2] ? day.t0 : day.pieces.length > 1 && w < day.pieces[1][2] ? day.pieces[1][0] : day.t1 - 1;
}
const windowX = (S, us) => LABEL_W + (us - S.view.from) / (S.view.to - S.view.from) * (S.plotEnd - LABEL_W);
const windowInstant = (S, x) => S.view.from + (x - LABEL_W) / (S.plotEnd - LABEL_W) * (S.view.to - S.view.from);

function hatch(context, colour, ground, gap, width) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = gap * 2;
  const c = tile.getContext("2d");
  if (ground) { c.fillStyle = ground; c.fillRect(0, 0, gap * 2, gap * 2); }
  c.strokeStyle = colour; c.lineWidth = width * 2;
  c.beginPath();
  for (const shift of [-gap * 2, 0, gap * 2]) { c.moveTo(shift, gap * 2); c.lineTo(shift + gap * 2, 0); }
  c.stroke();
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(0.5));
  return pattern;
}

function text(c, string, x, y, { size = 12, weight = 400, fill = INK, align = "left", base = "middle" } = {}) {
  c.font = `${weight} ${size}px ${FONT}`;
  c.fillStyle = fill; c.textAlign = align; c.textBaseline = base;
  c.fillText(string, x, y);
}
function line(c, x1, y1, x2, y2, stroke, width = 1, dash = []) {
  c.strokeStyle = stroke; c.lineWidth = width; c.setLineDash(dash);
  c.beginPath(); c.moveTo(x1, y1); c.lineTo(x2, y2); c.stroke();
  c.setLineDash([]);
}
function dottedBox(c, x, y, w, h) {
  c.strokeStyle = CONTROL; c.lineWidth = 1; c.setLineDash([1, 3]);
  c.strokeRect(x + .5, y + .5, Math.max(1, w - 1), h - 1);
  c.setLineDash([]);
}
// Not worn, gap and not judged each have a look of their own; worn and judged is the plain ground.
function ground(S, c, day, y, h) {
  for (const [from, to] of S.data.spans.not_worn)
    for (const [a, b] of dayStretches(S, day, from, to)) { c.fillStyle = S.hatches.notWorn; c.fillRect(a, y, b - a, h); }
  for (const [from, to] of S.data.spans.gap)
    for (const [a, b] of dayStretches(S, day, from, to)) { c.fillStyle = "#FFF"; c.fillRect(a, y, b - a, h); dottedBox(c, a, y, b - a, h); }
  for (const [from, to] of S.data.spans.not_judged)
    for (const [a, b] of dayStretches(S, day, from, to)) if (b - a >= 1.5) { c.fillStyle = S.hatches.dots; c.fillRect(a, y + 2, b - a, h - 2); }
}
function dotted(context) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 10;
  const c = tile.getContext("2d");
  c.fillStyle = CONTROL; c.beginPath(); c.arc(5, 5, 1.5, 0, 7); c.fill();
  const pattern = context.createPattern(tile, "repeat");
  pattern.setTransform(new DOMMatrix().scale(0.5));
  return pattern;
}

// A span moved and cut so that it lies in the recording and is no shorter than can be looked at.
const limit = (S, from, to) => {
  const [low, high] = S.data.limits, length = Math.min(Math.max(to - from, SHORTEST), high - low);
  const start = Math.min(Math.max((from + to - length) / 2, low), high - length);
  return [Math.round(start), Math.round(start + length)];
};
// The window that the wheel asks for: nearer or farther about the pointer, with shift to the side.
function wheeled(S, e, at) {
  const { from, to } = S.view, length = to - from;
  if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) {
    const shift = length * (e.deltaX || e.deltaY) / 600;
    return [from + shift, to + shift];
  }
  const factor = Math.exp(Math.max(-120, Math.min(120, e.deltaY)) / 400);
  const longer = Math.min(Math.max(length * factor, SHORTEST), S.data.limits[1] - S.data.limits[0]), share = (at - from) / length;
  return [at - share * longer, at + (1 - share) * longer];
}
function place(S, e) {
  const box = S.canvas.getBoundingClientRect();
  return [e.clientX - box.left, e.clientY - box.top];
}
function measure(S) {
  S.width = S.root.clientWidth;
  S.wide = S.width >= 860;
  S.plotEnd = S.wide ? S.width - CARD_W - GUTTER : S.width;
  const ratio = window.devicePixelRatio || 1, height = wholeHeight(S);
  S.canvas.width = Math.round(S.width * ratio); S.canvas.height = Math.round(height * ratio);
  S.canvas.style.height = height + "px";
  S.context.setTransform(ratio, 0, 0, ratio, 0, 0);
  S.root.classList.toggle("narrow", !S.wide);
}
const newId = () => crypto.randomUUID?.() ?? String(Date.now() + Math.random());
const signalIsHere = S => !!(S.data.window && S.data.window.from <= S.view.from && S.data.window.to >= S.view.to);
// What is looked at goes to Python. It can be lost there while another run ends: where no signal comes, it is sent again.
function sendView(S, again = 0) {
  clearTimeout(S.retry);
  S.send("view", { ...S.view, key: S.data.key, serial: ++S.serial, ...(S.onward ? { onward: true } : {}) });
  if (again === AGAIN) return;
  S.retry = setTimeout(() => {
    if (S.root.isConnected && S.view.from !== null && !signalIsHere(S)) sendView(S, again + 1);
  }, AGAIN_MS * 2 ** again);
}
// Edits go to Python until the store has them: a server that was started anew knows nothing of what the last one was told.
function sendOutbox(S, again = 0) {
  clearTimeout(S.resend);
  const waiting = S.outbox.filter(e => !e.stored).map(e => ({ ...e, again }));
  if (!waiting.length || !S.root.isConnected) return;
  S.resend = setTimeout(() => sendOutbox(S, again + 1), AGAIN_MS);
  S.send("outbox", waiting);
}
const make = (tag, cls, string) => { const e = document.createElement(tag); if (cls) e.className = cls; if (string) e.textContent = string; return e; };
function fill(box, bits) {
  box.replaceChildren(...bits.map(([tag, string]) => make(tag, "", string)));
}

// Where a page is worked by keys, the first one must not be lost because nobody has clicked here yet. What the person
// has their keys in already, such as a field, keeps them until they leave it; the button that led here has them until
// the page has taken it away, which may be later than the first picture is drawn. A link has done its work.
function greet(S) {
  if (S.greeted || !S.root.isConnected) return;
  const at = document.activeElement, has = S.root.matches(":focus-within");
  S.greeted = has || at === null || at === document.body || at.tagName === "A";
  clearTimeout(S.waiting);
  if (!S.greeted) S.waiting = setTimeout(() => greet(S), 100);
  else if (!has) S.root.focus({ preventScroll: true });
}
