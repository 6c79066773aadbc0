// State, keys and the door to Python of the labelling page. What is drawn at once is saved by the outbox's edits.
const STATES = new WeakMap();
const LEAST = .1 * SECOND, SURE = [null, .5, .75, 1];
const HIDDEN = "The detector is hidden while you mark blind: B shows what it flagged.";

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".label");
  let S = STATES.get(root);
  if (!S) STATES.set(root, S = begin(root));
  S.send = setStateValue;
  S.data = decode(data);
  if (S.key !== S.data.key || S.data.order > (S.order ?? 0)) adopt(S);
  S.order = S.data.order;
  settle(S);
  if (S.onward && isAlone(S)) S.problem = ALONE(S);
  S.onward = false;
  if (S.data.error) S.problem = S.data.error;
  // What is hidden stays so on the next sensor; one of other channels must not be left without any.
  if (S.data.window?.channels.length && S.data.window.channels.every(k => S.off.has(k.name))) S.off.clear();
  measure(S);
  draw(S);
  if (S.further && !S.outbox.length) { S.further = false; nextFlag(S); }
  greet(S);
  return () => { if (!root.isConnected) { S.watch.disconnect(); window.removeEventListener("motionward:stored", S.hear); } };
}

function adopt(S) {
  if (S.key !== S.data.key) { S.focus = S.draft = S.flag = S.next = null; S.extra = []; S.outbox = []; }
  S.key = S.data.key;
  S.view = { ...S.data.view };
  S.spectrumOf = S.classesOf = S.problem = null;
  // A row of the list was clicked: the span that it tells of is the one that the next key is about.
  if (S.data.chosen) { S.focus = { key: S.data.chosen, edge: "start" }; S.draft = S.flag = null; S.root.focus({ preventScroll: true }); }
}
// What the store has answered: an edit it holds is no longer ours to draw, a refused one is said and given back.
function settle(S) {
  const keys = new Map(S.data.applied), why = new Map(S.data.refused);
  for (const e of S.outbox) {
    if (why.has(e.id)) {
      S.problem = why.get(e.id);
      if (e.kind === "add" && !S.draft) giveBack(S, e);
    }
    if (keys.has(e.target)) e.target = keys.get(e.target);
    if (e.kind === "undo" && keys.get(e.id)) S.problem = keys.get(e.id);  // what it took back, where that is not in sight
  }
  S.outbox = S.outbox.filter(e => !keys.has(e.id) && !why.has(e.id));
  if (S.flag && S.data.shown && signalIsHere(S) && !S.data.flags.some(f => f[0] === S.flag)) S.flag = null;
  if (!S.data.shown) S.flag = null;
  if (S.next && !S.data.next.some(n => n[0] === S.next)) S.next = null;
  if (S.focus && keys.has(S.focus.key)) S.focus.key = keys.get(S.focus.key);
  if (S.drag && keys.has(S.drag.key)) S.drag.key = keys.get(S.drag.key);  // an edge held while its span got its key
  S.extra = S.extra.filter(name => !S.data.classes.some(k => k.name === name));
  if (S.focus && !marks(S).some(m => m[0] === S.focus.key)) S.focus = null;
}

// A refused span is there again without a class; of an answer to a flag the flag, or its edges as they were moved.
function giveBack(S, e) {
  const flag = S.data.flags.find(f => f[0] === e.of);
  S.focus = null;
  if (flag && flag[1] === e.from && flag[2] === e.to) S.flag ??= e.of;
  else S.draft = { from: e.from, to: e.to, edge: "end", ...(flag ? { of: e.of, label: e.label } : {}) };
}

function begin(root) {
  const part = name => root.querySelector("." + name);
  const S = {
    root, view: null, outbox: [], extra: [], draft: null, focus: null, flag: null, next: null, off: new Set(), drag: null, timer: 0, serial: 0, problem: null,
    canvas: part("picture"),
    parts: { winHead: part("winhead"), classes: part("classes"), add: part("new"), chosen: part("chosen"), buttons: root.querySelector(".buttons:not(.answers)"), answers: part("answers"), next: part("next"), typed: part("typed"), channels: part("axes"), besides: part("besides"), state: part("state"), live: part("live"), fail: part("fail") },
  };
  S.context = S.canvas.getContext("2d");
  S.hatches = { notWorn: hatch(S.context, "#CBD2D8", "#F7F8F9", 6, 1), unsure: hatch(S.context, "#7A8691", "#FFF", 3, 1) };
  S.canvas.addEventListener("pointerdown", e => down(S, e));
  S.canvas.addEventListener("pointermove", e => move(S, e));
  S.canvas.addEventListener("pointerup", () => up(S));
  S.canvas.addEventListener("pointercancel", () => { S.drag = null; draw(S); });
  S.canvas.addEventListener("wheel", e => wheel(S, e), { passive: false });
  root.addEventListener("keydown", e => key(S, e));
  aside(S);
  S.hear = e => stored(S, e.detail);
  window.addEventListener("motionward:stored", S.hear);
  S.watch = new ResizeObserver(() => { if (S.data && Math.abs(S.width - root.clientWidth) > 1) { measure(S); draw(S); } });
  S.watch.observe(root);
  document.fonts?.ready.then(() => S.data && draw(S));
  return S;
}

function show(S, from, to, later = false) {
  [S.view.from, S.view.to] = limit(S, from, to);
  clearTimeout(S.timer);
  if (later) S.timer = setTimeout(() => sendView(S), QUIET_MS); else sendView(S);
  draw(S);
}
function edit(S, what, id = newId()) {
  S.problem = null;
  S.outbox.push({ id, ...what });
  sendOutbox(S);
  say(S);
  // When that is on its way, which drawing would hold up.
  setTimeout(() => draw(S));
}

// The store holds these edits; they stay drawn from here until a message brings them.
function stored(S, ids) {
  for (const e of S.outbox) e.stored ||= ids.includes(e.id);
  if (S.data) say(S);
}

const inside = (S, us) => Math.min(Math.max(us, S.data.limits[0]), S.data.limits[1]);
// Where the pointer may put an edge: tenths of a second from the first sample, hundredths in a short window.
function snapped(S, us) {
  const low = S.data.limits[0], grid = (S.view.to - S.view.from < 20 * SECOND ? .01 : .1) * SECOND;
  return inside(S, low + Math.round((us - low) / grid) * grid);
}
// The focused edge of the draft or of a span, and its instant.
function focused(S) {
  if (S.draft) return { edge: S.draft.edge, us: S.draft[S.draft.edge === "start" ? "from" : "to"] };
  const m = S.focus && marks(S).find(x => x[0] === S.focus.key);
  return m ? { edge: S.focus.edge, us: m[S.focus.edge === "start" ? 1 : 2], mark: m } : null;
}
function name(S, label) {
  if (S.draft) {
    const { from, to, edge, of } = S.draft;
    S.draft = null;
    add(S, from, to, label, of, edge);
  } else if (S.flag) {
    const f = flagOf(S);
    if (f) add(S, f[1], f[2], label, f[0]);
  } else if (S.focus) {
    if (focused(S).mark[3] !== label) edit(S, { kind: "class", target: S.focus.key, label });
  } else if (suggested(S)) {
    const [from, to] = suggested(S);
    add(S, from, to, label, "suggestion");
  } else { S.problem = "Drag across the traces first, or click a span: then a class can be given to it."; draw(S); }
}
function add(S, from, to, label, of, edge = "end") {
  const id = newId();
  S.flag = null;
  S.focus = { key: id, edge };
  edit(S, { kind: "add", from, to, label, ...(of ? { of } : {}) }, id);
}
// That everything of a class is marked in the open window: of the chosen span's class, else of the first.
function wholly(S) {
  const of = (!S.draft && focused(S)?.mark[3]) || classes(S)[0]?.name;
  if (!of) { S.problem = "Mark a span first: then A says that everything of its class is marked in this window."; draw(S); return; }
  S.draft = null;
  add(S, S.view.from, S.view.to, "all " + of.replace(/^(not|all) /, ""));
}
// How sure the person is of the chosen span; the key goes round.
function sure(S) {
  const m = !S.draft && focused(S)?.mark;
  if (!m) { S.problem = "Click a span of yours first: then C says how sure you are of it."; draw(S); return; }
  edit(S, { kind: "sure", target: S.focus.key, confidence: SURE[(SURE.indexOf(m[4]) + 1) % SURE.length] });
}
// Flags: the next one that waits, and what is said of the one that is chosen.
const flagOf = S => S.data.flags.find(f => f[0] === S.flag);
function choose(S, f) {
  S.flag = f[0]; S.focus = S.draft = S.problem = null;
  if (f[1] >= S.view.from && f[2] <= S.view.to) { draw(S); return; }
  const length = Math.max(S.view.to - S.view.from, 1.6 * (f[2] - f[1])), middle = (f[1] + f[2]) / 2;
  show(S, middle - length / 2, middle + length / 2);
}
function nextFlag(S) {
  if (!S.data.shown) { S.problem = HIDDEN; draw(S); return; }
  if (S.flag && !flagOf(S)) return;  // the one that was gone to is on its way
  const now = flagOf(S)?.[1] ?? S.view.from - 1, answered = S.outbox.map(e => e.of);
  const near = S.data.flags.find(f => f[1] > now && f[1] >= S.view.from && f[2] <= S.view.to && f[4] && !f[5] && !answered.includes(f[0]));
  if (near) choose(S, near);
  else if (S.data.ahead && !answered.includes(S.data.ahead[0])) choose(S, S.data.ahead);
  else if (S.data.ahead) S.further = true;  // which one comes next is told once the answer is stored
  else { S.problem = "No flag of this sensor waits for an answer."; draw(S); }
}
function answer(S, right) {
  const f = flagOf(S);
  if (f) add(S, f[1], f[2], right ? f[3] : f[3].startsWith("not ") ? f[3].slice(4) : "not " + f[3], f[0]);
  else if (S.flag) { S.problem = "The signal is being read: look at the flag first."; draw(S); }
  else { S.problem = S.data.shown ? "Choose a flag first: F goes to the next one, or click it in the lane below." : HIDDEN; draw(S); }
}
function correct(S) {
  const f = flagOf(S);
  S.draft = { from: f[1], to: f[2], edge: "start", of: f[0], label: f[3] };
  S.flag = S.focus = null;
  draw(S);
}
// Suggestions: the chosen one is a dashed box, and a class key marks all of it.
const suggested = S => S.next === null ? null : S.data.next.find(n => n[0] === S.next && n[0] < S.view.to && n[1] > S.view.from) ?? null;
function nextSuggestion(S, at = null) {
  const list = S.data.next;
  if (!list.length) { S.problem = `Nothing is suggested: ${S.data.whyNone}.`; draw(S); return; }
  const n = at === null ? (list.findIndex(x => x[0] === S.next) + 1) % list.length : at, [from, to] = list[n];
  S.next = from; S.focus = S.draft = S.flag = S.problem = null;
  const length = S.view.to - S.view.from > 2 * MINUTE ? 30 * SECOND : Math.max(S.view.to - S.view.from, 10 * SECOND), middle = (from + to) / 2;
  show(S, middle - length / 2, middle + length / 2);
}
// Times as they are typed: h:mm:ss.s as the clock shows them, or seconds of the minute that is seen. Of a face that the
// clock shows twice, the one nearer by; beyond midnight within an hour of the edge that is moved. NaN: it never was.
function typed(S, words, near) {
  const parts = words.trim().replace(",", ".").split(":").map(Number);
  if (!words.trim() || parts.length > 3 || parts.some(n => !Number.isFinite(n) || n < 0)) return null;
  const face = wall(S.data, near), sizes = [HOUR, MINUTE, SECOND].slice(3 - parts.length);
  const unit = parts.length === 3 ? 24 * HOUR : parts.length === 2 ? HOUR : MINUTE;
  const whole = parts.length === 3 && S.data.relative ? 0 : Math.floor(face / unit) * unit;
  const asked = whole + parts.reduce((sum, n, k) => sum + Math.round(n * sizes[k]), 0);
  const away = us => Math.abs(us - near);
  const [here, ...beyond] = (parts.length === 3 && !S.data.relative ? [0, -unit, unit] : [0]).map(day => S.data.offsets
    .map(([, offset]) => asked + day - offset).filter(us => wall(S.data, us) === asked + day).sort((a, b) => away(a) - away(b)));
  return beyond.flat().find(us => away(us) <= HOUR) ?? here[0] ?? NaN;
}
function setTimes(S, start, end) {
  const span = spanOf(S);
  if (!span) return;
  const [low, high] = S.data.limits;
  // What was not touched keeps what lies behind its hundredths, which the field does not show.
  const [from, to] = [start, end].map((words, k) => words === S.typedWere[k] ? span[k] : typed(S, words, span[k]));
  if (from === null || to === null) S.problem = "A time is typed as h:mm:ss.s, mm:ss.s or seconds.";
  else if (Number.isNaN(from + to)) S.problem = "That time never was: the clock was put forward over it.";
  else if (to - from < LEAST) S.problem = "The end must lie after the start, by 0.1 s at least.";
  else if (from < low || to > high) S.problem = `The signal runs from ${clockText(S.data, low, .1 * SECOND)} to ${clockText(S.data, high, .1 * SECOND)}.`;
  else {
    S.problem = null;
    if (S.draft) [S.draft.from, S.draft.to] = [from, to];
    else if (from !== span[0] || to !== span[1]) edit(S, { kind: "move", target: S.focus.key, from, to });
    S.root.focus({ preventScroll: true });
  }
  draw(S);
}
const spanOf = S => { const at = focused(S); return S.draft ? [S.draft.from, S.draft.to] : at ? [at.mark[1], at.mark[2]] : null; };
// Which sensor comes next is Python's to say, of whichever recording it is; where the window has moved since it last
// told how many hold this instant, there may turn out to be none.
const isAlone = S => S.data.sensors < 2 && S.data.view.from === S.view.from && S.data.view.to === S.view.to;
const ALONE = S => S.data.relative ? "No other sensor of this recording holds this instant, and without a date it shares no clock with another." : "No other sensor of this patient holds this instant.";
function nextStream(S) {
  if (isAlone(S)) { S.problem = ALONE(S); draw(S); return; }
  clearTimeout(S.timer);  // the window goes with it: sent once more by itself it would take its place
  S.onward = true;
  sendView(S);
}
function nudge(S, by) {
  const at = focused(S);
  if (!at) { const shift = Math.sign(by) * (S.view.to - S.view.from) / 4; show(S, S.view.from + shift, S.view.to + shift, true); return; }
  const us = inside(S, at.us + by), [from, to] = at.mark ? [at.mark[1], at.mark[2]] : [S.draft.from, S.draft.to];
  const span = at.edge === "start" ? [us, to] : [from, us];
  if (span[1] - span[0] < LEAST) return;
  if (S.draft) { [S.draft.from, S.draft.to] = span; draw(S); }
  else edit(S, { kind: "move", target: S.focus.key, from: span[0], to: span[1] });
  if (us < S.view.from || us > S.view.to) show(S, us - (S.view.to - S.view.from) / 2, us + (S.view.to - S.view.from) / 2, true);
}
function nextEdge(S) {
  if (S.draft) { S.draft.edge = S.draft.edge === "start" ? "end" : "start"; draw(S); return; }
  if (S.flag && flagOf(S)) { correct(S); return; }
  const edges = seen(S, marks(S)).flatMap(m => [[m[0], "start", m[1]], [m[0], "end", m[2]]]);
  if (!edges.length) return;
  const at = S.focus ? edges.findIndex(([k, e]) => k === S.focus.key && e === S.focus.edge) : -1;
  const [key, edge] = edges[(at + 1) % edges.length];
  S.focus = { key, edge };
  draw(S);
}
function remove(S) {
  if (S.draft) { S.draft = null; draw(S); }
  else if (S.focus) { const target = S.focus.key; S.focus = null; edit(S, { kind: "remove", target }); }
}
function letGo(S) {
  if (S.problem) S.problem = null; else if (S.draft) S.draft = null; else if (S.flag) S.flag = null; else if (S.focus) S.focus = null; else S.next = null;
  draw(S);
}

function key(S, e) {
  if (e.ctrlKey || e.altKey || e.metaKey || e.key === "Tab" || e.target.tagName === "INPUT") return;
  if (e.target.tagName === "BUTTON" && (e.key === "Enter" || e.key === " ")) return;
  const { from, to } = S.view, length = to - from, k = e.key.length === 1 ? e.key.toLowerCase() : e.key, step = (e.shiftKey ? 1 : .1) * SECOND;
  const zoom = f => show(S, (from + to) / 2 - length / 2 * f, (from + to) / 2 + length / 2 * f, true);
  const acts = {
    Escape: () => letGo(S), e: () => nextEdge(S), u: () => edit(S, { kind: "undo" }), Delete: () => remove(S), Backspace: () => remove(S),
    ArrowLeft: () => nudge(S, -step), ArrowRight: () => nudge(S, step), "+": () => zoom(.5), "-": () => zoom(2), b: () => toggle(S),
    n: () => nextSuggestion(S), f: () => nextFlag(S), y: () => answer(S, true), x: () => answer(S, false), s: () => nextStream(S), t: () => type(S), c: () => sure(S), a: () => wholly(S),
    Enter: () => { if (S.draft?.label) name(S, S.draft.label); },
    PageUp: () => nextDay(S, -1), PageDown: () => nextDay(S, 1),
    "[": () => show(S, from - length, to - length), "]": () => show(S, from + length, to + length),
  };
  const chosen = /^[1-9]$/.test(k) ? classes(S)[Number(k) - 1] : null;
  if (!acts[k] && !chosen) return;
  S.used = true;
  e.preventDefault(); e.stopPropagation();
  if (chosen) name(S, chosen.name); else acts[k]();
}
// The detector and the other annotators come with the next data, for what is hidden is not even sent.
const toggle = S => S.send("view", { ...S.view, key: S.data.key, shown: !S.data.shown, serial: ++S.serial });
