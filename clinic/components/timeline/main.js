// State, events and the door to Python. The view lives here, so a rerun of the page never moves the picture.
const STATES = new WeakMap();
const DEFAULT_SPAN = 30 * SECOND;

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".timeline");
  let S = STATES.get(root);
  if (!S) STATES.set(root, S = begin(root));
  S.send = setStateValue;
  S.data = decode(data);
  // Of the class that is open: a pale one needs its dark tone to be seen in thin lines.
  const ink = S.data.colour?.ink;
  if (ink && S.unsureOf !== ink) { S.unsureOf = ink; S.hatches.unsure = hatch(S.context, ink, "#FFF", 3, 1); }
  if (S.data.error) { S.parts.fail.textContent = S.data.error; S.parts.fail.hidden = false; } else S.parts.fail.hidden = true;
  // A new order of the page (a flag chosen in its table) overrules the person's view; nothing else does.
  if (S.key !== S.data.key || S.data.order > (S.order ?? 0)) adopt(S);
  S.order = S.data.order;
  S.outbox = S.outbox.filter(edit => !S.data.applied.includes(edit.id));
  for (const edit of S.outbox) mark(S, edit.episode, edit.verdict);
  measure(S);
  draw(S);
  return () => { if (!root.isConnected) { S.watch.disconnect(); window.removeEventListener("motionward:stored", S.hear); } };
}

// Another patient, sensor or span of days: the server's suggestion is taken; else the person's view stays.
function adopt(S) {
  S.key = S.data.key;
  S.view = { ...S.data.view };
  S.stack = [];
  S.cardOf = S.tableOf = S.spectrumOf = null;
}

function begin(root) {
  const part = name => root.querySelector("." + name);
  const S = {
    root, view: null, stack: [], outbox: [], serial: 0, drag: null, timer: 0, overview: null, painted: 0,
    canvas: part("picture"),
    parts: { dayHead: part("dayhead"), winHead: part("winhead"), card: part("card"), table: part("table"), live: part("live"), fail: part("fail") },
  };
  S.context = S.canvas.getContext("2d");
  S.hatches = {
    notWorn: hatch(S.context, "#CBD2D8", "#F7F8F9", 6, 1), unsure: null, dots: dotted(S.context),
  };
  S.canvas.addEventListener("pointerdown", e => down(S, e));
  S.canvas.addEventListener("pointermove", e => move(S, e));
  S.canvas.addEventListener("pointerup", e => up(S, e));
  S.canvas.addEventListener("pointercancel", () => { S.drag = null; draw(S); });
  S.canvas.addEventListener("wheel", e => wheel(S, e), { passive: false });
  root.addEventListener("keydown", e => key(S, e));
  S.watch = new ResizeObserver(() => { if (S.data && Math.abs(S.width - root.clientWidth) > 1) { measure(S); draw(S); } });
  S.watch.observe(root);
  S.hear = e => stored(S, e.detail);
  window.addEventListener("motionward:stored", S.hear);
  document.fonts?.ready.then(() => { S.painted++; if (S.data) draw(S); });
  return S;
}

function draw(S) {
  const c = S.context;
  c.clearRect(0, 0, S.width, wholeHeight(S));
  drawOverview(S, c); drawWindow(S, c);
  if (S.drag?.moved) {
    const { panel, x0, x1 } = S.drag, [top, bottom] = bounds(S, panel);
    c.fillStyle = "rgba(31,41,51,.12)"; c.fillRect(Math.min(x0, x1), top, Math.abs(x1 - x0), bottom - top);
    line(c, x0, top, x0, bottom, INK); line(c, x1, top, x1, bottom, INK);
  }
  headings(S); hiddenTable(S); say(S);
}

// All that is said in words; it changes also when the picture does not.
function say(S) {
  card(S); tell(S);
  // For tests and for people who look under the bonnet: what the picture shows now.
  S.root.dataset.waiting = S.outbox.filter(edit => !edit.stored).length;
  S.root.dataset.view = JSON.stringify({ ...S.view, stream: S.data.stream, stack: S.stack.length,
    ready: S.view.from === null || signalIsHere(S) });
}

// The span of the window or the day goes to Python; `later` waits until a zoom or pan is quiet.
function ask(S, later = false) {
  clearTimeout(S.timer);
  if (later) S.timer = setTimeout(() => sendView(S), QUIET_MS); else sendView(S);
  draw(S);
}

const dayOf = (S, us) => Math.max(0, S.data.days.findIndex(d => us >= d.t0 && us < d.t1));

function show(S, from, to, { episode = null, later = false, keep = false } = {}) {
  if (keep) S.stack.push({ ...S.view });
  const [a, b] = limit(S, from, to);
  S.view = { day: dayOf(S, (a + b) / 2), from: a, to: b, episode };
  ask(S, later);
}
function open(S, e, keep = true) {
  const length = Math.max(DEFAULT_SPAN, 1.6 * (e[2] - e[1])), middle = (e[1] + e[2]) / 2;
  show(S, middle - length / 2, middle + length / 2, { episode: e[0], keep });
}
function upward(S) {
  if (S.stack.length) S.view = S.stack.pop();
  else if (S.view.from !== null) S.view = { day: S.view.day, from: null, to: null, episode: null };
  else S.view = { day: -1, from: null, to: null, episode: null };
  ask(S);
}

function bounds(S, panel) {
  if (panel === "window") return [windowTop(S), barsEnd(S)];
  if (panel === "day") return [dayTop(S) + 14, dayTop(S) + DAY_H];
  const k = Number(panel);
  return [rowTop(k), rowTop(k) + ROW_H];
}
function panelAt(S, y) {
  const k = Math.floor((y - AXIS_H) / ROW_H);
  if (k >= 0 && k < S.data.days.length) return String(k);
  if (y >= dayTop(S) - 4 && y < dayTop(S) + DAY_H && S.view.day >= 0) return "day";
  return y >= windowTop(S) - 4 && y < barsEnd(S) + TICKS_H && S.view.from !== null ? "window" : null;
}
function instant(S, panel, x) {
  if (panel === "window") return windowInstant(S, x);
  return instantAt(S, S.data.days[panel === "day" ? S.view.day : Number(panel)], x);
}
function down(S, e) {
  S.root.focus({ preventScroll: true });
  const [x, y] = place(S, e), panel = panelAt(S, y);
  if (panel === null || e.button !== 0) return;
  if (x > S.plotEnd || x < LABEL_W - 2) { if (panel !== "window" && panel !== "day") openDay(S, Number(panel)); return; }
  S.canvas.setPointerCapture(e.pointerId);
  S.drag = { panel, x0: x, x1: x, moved: false };
}
function move(S, e) {
  const [x, y] = place(S, e);
  if (!S.drag) { S.canvas.style.cursor = panelAt(S, y) !== null && x >= LABEL_W && x <= S.plotEnd ? nearest(S, panelAt(S, y), x) ? "pointer" : "crosshair" : "default"; return; }
  S.drag.x1 = Math.min(Math.max(x, LABEL_W), S.plotEnd);
  if (Math.abs(S.drag.x1 - S.drag.x0) > 4) S.drag.moved = true;
  if (S.drag.moved) draw(S);
}
function up(S) {
  const drag = S.drag;
  S.drag = null;
  if (!drag) return;
  if (drag.moved) {
    const [a, b] = [instant(S, drag.panel, Math.min(drag.x0, drag.x1)), instant(S, drag.panel, Math.max(drag.x0, drag.x1))];
    const held = S.data.episodes.filter(x => x[1] < b && x[2] > a);
    show(S, a, b, { keep: S.view.from !== null, episode: held.length === 1 ? held[0][0] : null });
    return;
  }
  const hit = nearest(S, drag.panel, drag.x0);
  if (hit) open(S, hit, S.view.from !== null && S.view.episode !== hit[0]);
  else if (drag.panel === "window") { S.view = { ...S.view, episode: null }; draw(S); }
  else if (drag.panel === "day") { const us = instant(S, "day", drag.x0); show(S, us - DEFAULT_SPAN / 2, us + DEFAULT_SPAN / 2, { keep: S.view.from !== null }); }
  else openDay(S, Number(drag.panel));
}
function openDay(S, k) {
  const day = S.data.days[k], first = S.data.episodes.find(e => e[5] && e[1] >= day.t0 && e[1] < day.t1);
  S.stack = [];
  if (first) { open(S, first, false); return; }
  S.view = { day: k, from: null, to: null, episode: null };
  ask(S);
}
// The flag under the pointer, within four pixels; where several are, the nearest middle.
function nearest(S, panel, x) {
  let best = null, distance = 5;
  for (const e of S.data.episodes) {
    let a, b;
    if (panel === "window") { if (e[2] < S.view.from || e[1] > S.view.to) continue; [a, b] = [windowX(S, e[1]), windowX(S, e[2])]; }
    else {
      const day = S.data.days[panel === "day" ? S.view.day : Number(panel)];
      if (!day || e[1] < day.t0 || e[1] >= day.t1) continue;
      [[a, b]] = dayStretches(S, day, e[1], e[2]);
    }
    const d = x < a ? a - x : x > b ? x - b : 0;
    if (d < distance || d === distance && best === null) { best = e; distance = d; }
  }
  return best;
}

function wheel(S, e) {
  const [x, y] = place(S, e);
  // Without the focus the wheel scrolls the page, as everywhere else.
  if (panelAt(S, y) !== "window" || x < LABEL_W || x > S.plotEnd || !S.root.matches(":focus-within")) return;
  e.preventDefault();
  const [from, to] = wheeled(S, e, windowInstant(S, x));
  show(S, from, to, { later: true, episode: S.view.episode });
}

function key(S, e) {
  if (e.ctrlKey || e.altKey || e.metaKey || e.key === "Tab") return;
  const { view, data } = S, k = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const pan = share => view.from !== null && show(S, view.from + share * (view.to - view.from), view.to + share * (view.to - view.from), { later: true, episode: view.episode });
  const zoom = f => { if (view.from === null) return; const m = (view.from + view.to) / 2, h = (view.to - view.from) / 2 * f; show(S, m - h, m + h, { later: true, episode: view.episode }); };
  const days = by => openDay(S, Math.min(Math.max(view.day + by, 0), data.days.length - 1));
  const acts = {
    Escape: () => upward(S), n: () => nextFlag(S), "[": () => pan(-1), "]": () => pan(1), ArrowLeft: () => pan(-.25), ArrowRight: () => pan(.25),
    ArrowUp: () => days(-1), ArrowDown: () => days(1), "+": () => zoom(.5), "-": () => zoom(2), s: () => nextStream(S),
    y: () => review(S, "right"), x: () => review(S, "wrong"), e: () => review(S, "edges"), u: () => review(S, ""),
  };
  if (e.target.tagName === "BUTTON" && (e.key === "Enter" || e.key === " ")) return;
  if (!acts[k]) return;
  e.preventDefault(); e.stopPropagation();
  acts[k]();
}
function nextFlag(S) {
  const sure = S.data.episodes.filter(e => e[5]), waiting = sure.filter(e => !e[6]);
  const from = waiting.length ? waiting : sure, now = episodeOf(S)?.[1] ?? (S.view.from ?? -Infinity);
  const next = from.find(e => e[1] > now) ?? from[0];
  if (next) open(S, next, false);
}
function nextStream(S) {
  const { streams, stream } = S.data;
  if (streams.length < 2) return;
  S.send("view", { ...S.view, key: S.data.key, stream: streams[(streams.indexOf(stream) + 1) % streams.length], serial: ++S.serial });
}

function mark(S, id, verdict) {
  const e = S.data.episodes.find(x => x[0] === id);
  if (e) { e[6] = verdict; e[7] = S.data.actor; S.painted++; }
}
// The store holds these edits. They stay marked here until a picture made from the store brings them.
function stored(S, ids) {
  for (const edit of S.outbox) edit.stored ||= ids.includes(edit.id);
  if (S.data) say(S);
}
// A verdict is drawn at once, as one that is being saved, until the store's receipt names it.
function review(S, verdict) {
  const e = episodeOf(S);
  if (!e || e[6] === verdict) return;
  S.outbox.push({ id: crypto.randomUUID?.() ?? String(Date.now() + Math.random()), kind: "review", episode: e[0], verdict });
  mark(S, e[0], verdict);
  sendOutbox(S);
  say(S);
  // When that is on its way, which drawing would hold up.
  setTimeout(() => draw(S));
}
