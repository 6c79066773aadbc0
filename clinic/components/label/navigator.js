// The way through a long recording, under the traces: all of it, and the day that is open. A click goes there, a drag
// opens just that, and the page keys go a day on or back.
const STRIP_H = 26, STRIP_TICKS_H = 15;
const stripTop = (S, k) => barsEnd(S) + TICKS_H + 8 + k * (STRIP_H + STRIP_TICKS_H);
const stripsEnd = S => stripTop(S, S.data.strips.length);
const stripX = (S, strip, us) => LABEL_W + (us - strip.from) / (strip.to - strip.from) * (S.plotEnd - LABEL_W);
const stripInstant = (S, strip, x) => strip.from + (Math.min(Math.max(x, LABEL_W), S.plotEnd) - LABEL_W) / (S.plotEnd - LABEL_W) * (strip.to - strip.from);
const stripAt = (S, y) => S.data.strips.findIndex((_, k) => y >= stripTop(S, k) && y <= stripTop(S, k) + STRIP_H);

function drawStrips(S, c) {
  S.data.strips.forEach((strip, k) => {
    const top = stripTop(S, k), end = top + STRIP_H, moved = S.data.take(strip.movement), scale = Math.max(strip.top, .05);
    text(c, strip.name, LABEL_W - 9, top + STRIP_H / 2, { size: 12, fill: INK2, align: "right" });
    c.save(); c.beginPath(); c.rect(LABEL_W, top - 3, S.plotEnd - LABEL_W, STRIP_H + 6); c.clip();
    c.fillStyle = "#F5F6F8"; c.fillRect(LABEL_W, top, S.plotEnd - LABEL_W, STRIP_H);
    for (const [spans, look] of [[S.data.spans.not_worn, S.hatches.notWorn], [S.data.spans.gap, "#FFF"]]) for (const [from, to] of spans) {
      if (to <= strip.from || from >= strip.to) continue;
      c.fillStyle = look; c.fillRect(stripX(S, strip, from), top, Math.max(1, stripX(S, strip, to) - stripX(S, strip, from)), STRIP_H);
    }
    const w = (S.plotEnd - LABEL_W) / moved.length;
    c.fillStyle = "#B4BEC8";
    moved.forEach((m, n) => { if (!Number.isNaN(m)) { const h = Math.min(1, m / scale) * (STRIP_H - 9); c.fillRect(LABEL_W + n * w, end - h, w + .3, h); } });
    for (const [, from, to, name] of marks(S)) {
      if (to <= strip.from || from >= strip.to) continue;
      const a = stripX(S, strip, from);
      bar(c, a, top, Math.max(2.5, stripX(S, strip, to) - a), 7, classOf(S, name));
    }
    const day = k === 0 && S.data.strips[1];
    if (day) { c.strokeStyle = CONTROL; c.lineWidth = 1; c.strokeRect(stripX(S, strip, day.from) + .5, top + .5, stripX(S, strip, day.to) - stripX(S, strip, day.from) - 1, STRIP_H - 1); }
    const { from, to } = S.drag?.kind === "strip" && S.drag.strip === k && S.drag.moved ? S.drag : S.view;
    const a = stripX(S, strip, Math.min(from, to)), b = stripX(S, strip, Math.max(from, to)), least = Math.max(0, 6 - (b - a)) / 2;
    if (b >= LABEL_W && a <= S.plotEnd) { c.strokeStyle = INK; c.lineWidth = 2; c.strokeRect(a - least, top - 1, b - a + 2 * least, STRIP_H + 2); }
    c.restore();
    for (const [us, words] of strip.ticks) {
      const x = stripX(S, strip, us);
      if (x > S.plotEnd - 30) continue;
      line(c, Math.round(x) + .5, end, Math.round(x) + .5, end + 4, RULE_STRONG);
      text(c, words, x + 4, end + 8, { size: 11, fill: INK3 });
    }
  });
}

// Whether a press of the button was on a strip; the drag that it begins is then of that kind.
function stripDown(S, x, y) {
  const k = x < LABEL_W || x > S.plotEnd ? -1 : stripAt(S, y);
  if (k < 0) return false;
  const us = stripInstant(S, S.data.strips[k], x);
  S.drag = { kind: "strip", strip: k, x0: x, from: us, to: us, moved: false };
  return true;
}
function stripUp(S, drag) {
  const length = drag.moved ? Math.abs(drag.to - drag.from) : S.view.to - S.view.from, middle = (drag.from + drag.to) / 2;
  show(S, middle - length / 2, middle + length / 2);
}
function nextDay(S, by) {
  const { from, to } = S.view;
  show(S, from + by * 24 * HOUR, to + by * 24 * HOUR);
}
