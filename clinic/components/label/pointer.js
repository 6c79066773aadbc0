// The pointer on the labelling page: edges are taken hold of, spans drawn, spans and flags chosen, time wheeled.
const NEAR = 5;

// The edge within reach of the pointer; that of the draft, whose key is null, or of the focused span is preferred where
// several are.
function edgeAt(S, x) {
  let best = null, distance = NEAR;
  const own = S.draft ? null : S.focus?.key;
  for (const m of [...(S.draft ? [[null, S.draft.from, S.draft.to]] : []), ...seen(S, marks(S))]) for (const edge of ["start", "end"]) {
    const d = Math.abs(windowX(S, m[edge === "start" ? 1 : 2]) - x) - (m[0] === own ? 1 : 0);
    if (d < distance) { best = { key: m[0], edge }; distance = d; }
  }
  return best;
}
function down(S, e) {
  S.used = true;
  S.root.focus({ preventScroll: true });
  const [x, y] = place(S, e);
  if (e.button === 0 && stripDown(S, x, y)) { S.canvas.setPointerCapture(e.pointerId); return; }
  if (e.button !== 0 || y < windowTop(S) - 20 || y > barsEnd(S) || x < LABEL_W - 2 || x > S.plotEnd + 2) return;
  S.canvas.setPointerCapture(e.pointerId);
  const us = snapped(S, windowInstant(S, x)), edge = edgeAt(S, x);
  S.drag = !edge ? { kind: "new", x0: x, y, from: us, to: us, moved: false } : { kind: edge.key === null ? "draft" : "edge", ...edge, x0: x, us, moved: false };
  if (edge?.key === null) { S.draft.edge = edge.edge; draw(S); }
  else if (edge) { S.focus = edge; S.draft = S.flag = null; draw(S); }
}
function move(S, e) {
  const [x, y] = place(S, e), drag = S.drag;
  if (!drag) {
    if (x >= LABEL_W && x <= S.plotEnd && stripAt(S, y) >= 0) { S.canvas.style.cursor = "pointer"; return; }
    const within = x >= LABEL_W && x <= S.plotEnd && y >= windowTop(S) && y <= barsEnd(S);
    S.canvas.style.cursor = !within ? "default" : edgeAt(S, x) ? "ew-resize" : "crosshair";
    return;
  }
  if (Math.abs(x - drag.x0) > 3) drag.moved = true;
  if (drag.kind === "strip") { drag.to = stripInstant(S, S.data.strips[drag.strip], x); draw(S); return; }
  const us = snapped(S, windowInstant(S, Math.min(Math.max(x, LABEL_W), S.plotEnd)));
  if (drag.kind === "new") drag.to = us;
  else if (drag.kind === "draft") {
    const d = S.draft;
    if (!d || !drag.moved) return;
    if (drag.edge === "start") d.from = Math.min(us, d.to - LEAST); else d.to = Math.max(us, d.from + LEAST);
  } else {
    const m = marks(S).find(x => x[0] === drag.key);
    if (m) drag.us = drag.edge === "start" ? Math.min(us, m[2] - LEAST) : Math.max(us, m[1] + LEAST);
  }
  if (drag.moved) draw(S);
}
function up(S) {
  const drag = S.drag;
  const held = drag?.kind === "edge" && drag.moved ? marks(S).find(m => m[0] === drag.key) : null;
  S.drag = null;
  if (!drag) return;
  if (drag.kind === "strip") stripUp(S, drag);
  else if (held) edit(S, { kind: "move", target: drag.key, from: held[1], to: held[2] });
  else if (drag.kind === "new" && drag.moved) {
    S.draft = { from: Math.min(drag.from, drag.to), to: Math.max(drag.from, drag.to), edge: "end" };
    S.focus = S.flag = S.problem = null;
    draw(S);
  } else if (drag.kind === "new") {
    const flag = S.data.shown && drag.y > othersTop(S) && drag.y <= othersTop(S) + LANE_H ? S.data.flags.find(f => f[1] <= drag.from && f[2] >= drag.from) : null;
    if (flag) { choose(S, flag); return; }
    S.flag = null;
    const hit = seen(S, marks(S)).filter(m => m[1] <= drag.from && m[2] >= drag.from).sort((a, b) => a[2] - a[1] - b[2] + b[1])[0];
    S.draft = null;
    S.focus = hit ? { key: hit[0], edge: drag.from - hit[1] < hit[2] - drag.from ? "start" : "end" } : null;
    draw(S);
  }
}
function wheel(S, e) {
  const [x, y] = place(S, e);
  // Who has the keys because the page gave them scrolls the page, until they have clicked or pressed one here.
  if (y < windowTop(S) || y > barsEnd(S) || x < LABEL_W || x > S.plotEnd || !S.used || !S.root.matches(":focus-within")) return;
  e.preventDefault();
  show(S, ...wheeled(S, e, windowInstant(S, x)), true);
}
