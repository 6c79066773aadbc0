// One stretch of raw signal after the other, each with one answer. What is answered waits in the outbox until it is stored.
const STATES = new WeakMap();
const TRACE_H = 112;
const windowTop = () => HEAD_H + 20;
const barsEnd = S => spectrumEnd(S);
const wholeHeight = S => barsEnd(S) + TICKS_H + 6;

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".audit");
  let S = STATES.get(root);
  if (!S) STATES.set(root, S = begin(root));
  S.send = setStateValue;
  S.data = decode(data);
  if (S.key !== S.data.key) { S.key = S.data.key; S.outbox = []; S.problem = null; S.shown = null; }
  const why = new Map(S.data.refused), done = new Set(S.data.applied);
  for (const e of S.outbox) if (why.has(e.id)) S.problem = why.get(e.id);
  S.outbox = S.outbox.filter(e => !done.has(e.id) && !why.has(e.id));
  if (S.data.error) S.problem = S.data.error;
  turn(S, true);
  measure(S);
  draw(S);
  greet(S);
  return () => { if (!root.isConnected) S.watch.disconnect(); };
}

function begin(root) {
  const part = name => root.querySelector("." + name);
  const S = {
    root, view: { from: 0, to: 1 }, outbox: [], problem: null, shown: null, item: null, canvas: part("picture"),
    parts: { winHead: part("winhead"), number: part("number"), bar: root.querySelector(".bar i"), question: part("question"), answers: part("answers"), hint: part("hint"), buttons: part("buttons"), state: part("state"), fail: part("fail"), live: part("live") },
  };
  S.context = S.canvas.getContext("2d");
  S.hatches = { notWorn: hatch(S.context, "#CBD2D8", "#F7F8F9", 6, 1), elsewhere: hatch(S.context, "#B4BEC8", "#ECEFF2", 4, 1) };
  S.canvas.addEventListener("pointerdown", () => root.focus({ preventScroll: true }));
  S.canvas.addEventListener("wheel", e => {
    const [x, y] = place(S, e);
    if (!S.item || y < windowTop(S) || y > barsEnd(S) || x < LABEL_W || x > S.plotEnd || !root.matches(":focus-within")) return;
    e.preventDefault();
    look(S, ...wheeled(S, e, windowInstant(S, x)));
  }, { passive: false });
  root.addEventListener("keydown", e => key(S, e));
  for (const [verdict, words, k] of [["there", "There", "Y"], ["not there", "Not there", "N"], ["cannot tell", "Cannot tell", "C"], ["same", "Only what began in the grey part", "0"]]) {
    const b = make("button");
    b.type = "button"; b.dataset.verdict = verdict;
    b.append(make("span", "", words), make("kbd", "", k));
    b.addEventListener("click", () => { answer(S, verdict); root.focus({ preventScroll: true }); });
    S.parts.answers.append(b);
  }
  const back = make("button", "", "Take the last answer back ");
  back.type = "button";
  back.append(make("kbd", "", "U"));
  back.addEventListener("click", () => { undo(S); root.focus({ preventScroll: true }); });
  S.parts.buttons.append(back);
  S.watch = new ResizeObserver(() => { if (S.data && Math.abs(S.width - root.clientWidth) > 1) { measure(S); draw(S); } });
  S.watch.observe(root);
  document.fonts?.ready.then(() => S.data && draw(S));
  return S;
}

// The first stretch that waits for an answer; none while an answer is being taken back or the next is on its way.
function turn(S, fresh = false) {
  const answered = new Set(S.outbox.filter(e => e.kind === "answer").map(e => e.stretch));
  S.item = S.outbox.some(e => e.kind === "undo") ? null : S.data.items.find(i => !answered.has(i.n)) ?? null;
  S.data.window = S.item?.window ?? null;
  if (S.item) S.data.limits = [S.item.window.from, S.item.window.to];
  if (S.item && (S.shown !== S.item.n || (fresh && !signalIsHere(S)))) { S.shown = S.item.n; [S.view.from, S.view.to] = S.item.view; S.spectrumOf = null; }
}
function put(S, edit) {
  S.problem = null;
  S.outbox.push({ id: newId(), ...edit });
  sendOutbox(S);
  turn(S);
  draw(S);
}
function answer(S, verdict, episodes = null) {
  if (!S.item || (verdict === "same" && !S.item.same)) return;
  const same = verdict === "same";
  put(S, { kind: "answer", stretch: S.item.n, verdict: same ? "there" : verdict, episodes: same ? 0 : episodes });
}
const stored = S => S.data.answered + S.outbox.filter(e => e.kind === "answer").length - S.outbox.filter(e => e.kind === "undo").length;
function undo(S) { if (S.data.mine + S.outbox.length > 0 && !S.outbox.some(e => e.kind === "undo")) put(S, { kind: "undo" }); }
function look(S, from, to) { [S.view.from, S.view.to] = limit(S, from, to); draw(S); }

function key(S, e) {
  if (e.ctrlKey || e.altKey || e.metaKey || e.key === "Tab" || e.repeat) return;
  if (e.target.tagName === "BUTTON" && (e.key === "Enter" || e.key === " ")) return;
  const { from, to } = S.view, length = to - from, k = e.key.length === 1 ? e.key.toLowerCase() : e.key;
  const zoom = f => S.item && look(S, (from + to) / 2 - length / 2 * f, (from + to) / 2 + length / 2 * f);
  const acts = {
    y: () => answer(S, "there"), n: () => answer(S, "not there"), c: () => answer(S, "cannot tell"), 0: () => answer(S, "same"), 1: () => answer(S, "there"), u: () => undo(S),
    "+": () => zoom(.5), "-": () => zoom(2), ArrowLeft: () => S.item && look(S, from - length / 4, to - length / 4), ArrowRight: () => S.item && look(S, from + length / 4, to + length / 4),
    Escape: () => S.item && look(S, ...S.item.view),
  };
  const several = /^[2-9]$/.test(k);
  if (!acts[k] && !several) return;
  e.preventDefault(); e.stopPropagation();
  if (several) answer(S, "there", Number(k)); else acts[k]();
}

// Beside the stretch the signal is faint: it helps to see how an episode begins, and is not asked about.
function drawStretch(S, c) {
  const [a, b] = S.item.at.map(us => windowX(S, us)), top = windowTop(S), end = barsEnd(S), left = Math.max(LABEL_W, a), right = Math.min(S.plotEnd, b);
  c.fillStyle = "rgba(255,255,255,.62)";
  if (a > LABEL_W) c.fillRect(LABEL_W, top - 4, a - LABEL_W, end - top + 4);
  if (b < S.plotEnd) c.fillRect(b, top - 4, S.plotEnd - b, end - top + 4);
  for (const [from, to] of S.item.elsewhere) {
    const x1 = Math.max(LABEL_W, windowX(S, from)), x2 = Math.min(S.plotEnd, windowX(S, to));
    if (x2 <= x1) continue;
    c.globalAlpha = .75; c.fillStyle = S.hatches.elsewhere; c.fillRect(x1, top, x2 - x1, end - top); c.globalAlpha = 1;
  }
  if (right > left) {
    c.fillStyle = INK; c.fillRect(left, top - 8, Math.max(2, right - left), 4);
    const words = "look here", middle = Math.min(Math.max((left + right) / 2, LABEL_W + 30), S.plotEnd - 30);
    text(c, words, middle, top - 15, { size: 12, weight: 650, align: "center" });
  }
  for (const x of [a, b]) if (x >= LABEL_W - 1 && x <= S.plotEnd + 1) line(c, x, top - 8, x, end, INK, 1.4);
}
function draw(S) {
  const c = S.context, top = windowTop(S), end = barsEnd(S);
  c.clearRect(0, 0, S.width, wholeHeight(S));
  if (!S.item) {
    text(c, S.outbox.length ? "Saving …" : stored(S) >= S.data.total ? "Every stretch has its answer." : "Reading the signal …", LABEL_W, top + 40, { size: 13, fill: INK2 });
    say(S);
    return;
  }
  c.save(); c.beginPath(); c.rect(LABEL_W, top - 26, S.plotEnd - LABEL_W, end + TICKS_H - top + 32); c.clip();
  drawTicks(S, c); drawMissing(S, c, end, end);
  c.restore();
  drawTraces(S, c); drawSpectrum(S, c); drawStretch(S, c);
  say(S);
}

function say(S) {
  const { parts, item, data, view } = S, waiting = S.outbox.length, done = stored(S);
  const length = item ? item.at[1] - item.at[0] : 0, digits = length < 20 * SECOND ? .1 * SECOND : SECOND;
  fill(parts.winHead, item ? [["b", `${dayText(S, item.at[0])}${clockText(data, item.at[0], digits)} – ${clockText(data, item.at[1], digits)}`], ["span", `${lengthText(length)} of ${data.place}`],
    ["i"], ["kbd", "+"], ["kbd", "−"], ["span", "or the wheel: zoom"], ["kbd", "← →"], ["span", "move"], ["kbd", "Esc"], ["span", "all of it"]] : []);
  parts.winHead.style.width = S.plotEnd + "px";
  parts.number.textContent = item ? `Stretch ${done + 1} of ${data.total}` : done >= data.total ? `All ${data.total} answered` : "…";
  parts.bar.style.width = 100 * done / data.total + "%";
  parts.question.textContent = !item ? "" : item.begins
    ? `Does ${data.name} begin between the two lines?` : `Is there ${data.name} anywhere between the two lines?`;
  for (const b of parts.answers.children) { b.disabled = !item; b.hidden = b.dataset.verdict === "same" && !item?.same; b.style.display = b.hidden ? "none" : ""; }
  const grey = item?.elsewhere.length ? item.same ? " What began in the grey part is counted there." : " What reaches into the grey part is counted there, not here." : "";
  parts.hint.textContent = item ? `2 to 9 for more than one episode.${grey} What the detector made of it is not shown.` : "";
  parts.buttons.firstElementChild.disabled = data.mine + waiting < 1;
  parts.state.textContent = waiting ? "saving …" : done ? "all saved; every answer is kept" : "each answer is saved as it is given";
  parts.fail.textContent = S.problem ?? "";
  parts.fail.hidden = !S.problem;
  const words = item ? `Stretch ${done + 1} of ${data.total}, ${lengthText(length)}. ${parts.question.textContent}` : parts.number.textContent;
  if (parts.live.textContent !== words) parts.live.textContent = words;
  // For tests and for people who look under the bonnet: what the picture shows now.
  S.root.dataset.waiting = waiting;
  S.root.dataset.view = JSON.stringify({ from: view.from, to: view.to, stretch: item?.n ?? null, answered: done, total: data.total, ready: !item || signalIsHere(S) });
}
