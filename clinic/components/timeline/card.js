// Everything beside the canvas that is text: the two headings, the evidence card, and what a screen reader is told.
const VERDICTS = [["right", "Right", "Y"], ["wrong", "Wrong", "X"], ["edges", "Edges", "E"]];
const episodeOf = S => S.data.episodes.find(e => e[0] === S.view.episode);
// What is said of a flag: its verdict only when the store holds it, else that it is on its way there.
function verdictOf(S, e) {
  const words = { "": "not reviewed", edges: "edges to correct" }[e[6]] ?? e[6];
  if (!S.outbox.some(edit => edit.episode === e[0] && !edit.stored)) return e[6] ? `${words}, ${e[7]}` : words;
  return S.data.error ? `“${words}” is not saved` : `saving “${words}” …`;
}

function headings(S) {
  const { data, view, parts } = S, day = data.days[view.day];
  parts.dayHead.style.top = rasterEnd(S) + LEGEND_H + "px";
  parts.dayHead.style.width = S.plotEnd + "px";
  parts.winHead.style.top = dayTop(S) + DAY_H + "px";
  parts.winHead.style.width = S.plotEnd + "px";
  if (day) {
    const mine = data.episodes.filter(e => e[1] >= day.t0 && e[1] < day.t1 && e[5]);
    const longest = mine.length ? ", longest " + lengthText(Math.max(...mine.map(e => e[2] - e[1]))) : "";
    fill(parts.dayHead, [["b", day.title], ["span", `${day.looked ? `${count(mine.length)} in ${day.judged} judged` : "nothing judged"}${longest}${day.note ? "; " + day.note : ""}`],
      ["i"], ["span", "drag opens a window ·"], ["kbd", "Esc"], ["span", "one level up"]]);
  } else fill(parts.dayHead, [["b", "No day chosen"], ["span", "click a day above, or press"], ["kbd", "N"], ["span", "for the next flag"]]);
  if (view.from === null) { fill(parts.winHead, []); return; }
  const digits = view.to - view.from < 20 * SECOND ? .1 * SECOND : SECOND;
  const waiting = data.episodes.filter(e => e[5] && !e[6]).length;
  const late = signalIsHere(S) ? "" : " · reading the signal …";
  const others = data.streams.length > 1 ? [["kbd", "S"], ["span", data.streams[(data.streams.indexOf(data.stream) + 1) % data.streams.length].replace("-", " ")]] : [];
  fill(parts.winHead, [["b", `${clockText(data, view.from, digits)} – ${clockText(data, view.to, digits)}`],
    ["span", `${lengthText(view.to - view.from)} of ${data.place}${late}`], ...others,
    ["i"], ["kbd", "["], ["kbd", "]"], ["span", "previous, next"], ["kbd", "N"], ["span", `next of ${waiting} to review`]]);
}
const count = n => n === 1 ? "1 flag" : n + " flags";

function card(S) {
  const { data, view, parts } = S, e = episodeOf(S), box = parts.card;
  box.style.top = S.wide ? rasterEnd(S) + LEGEND_H + "px" : "";
  box.style.minHeight = S.wide ? wholeHeight(S) - rasterEnd(S) - LEGEND_H - 30 + "px" : "";
  box.style.maxHeight = box.style.minHeight;
  const said = e && verdictOf(S, e), signature = JSON.stringify([view.episode, e?.[6], said, data.card, S.wide, data.key]);
  if (S.cardOf === signature) return;
  S.cardOf = signature;
  if (!e) {
    box.replaceChildren(make("h3", "", "No flag chosen"), make("p", "", data.episodes.length
      ? "Click a flag, or press N: its signal, its numbers and the review open here." : data.days.some(d => d.looked)
      ? "Nothing was flagged in these days." : "Nothing could be judged in these days."));
    return;
  }
  const title = make("h3", "", `${clockText(data, e[1], .1 * SECOND)} – ${clockText(data, e[2], .1 * SECOND)}`);
  const sub = make("p", "what");
  const name = make("b", "", `${data.name}, ${lengthText(e[2] - e[1])}`);
  name.style.color = data.colour.ink;
  sub.append(name, ` · ${e[5] ? "sure" : "unsure, not counted"} · ${said}`);
  if (e[6]) {
    const back = make("button", "back", "take back ");
    back.append(make("kbd", "", "U"));
    back.addEventListener("click", () => { review(S, ""); S.root.focus({ preventScroll: true }); });
    sub.append(" ", back);
  }
  const list = make("dl");
  const known = data.card && data.card.episode === e[0] ? data.card.facts
    : [["Probability", `peak ${e[3].toFixed(2)}, mean ${e[4].toFixed(2)}`], ["", "reading the signal …"]];
  for (const [label, words] of known) list.append(make("dt", "", label), make("dd", "", words));
  const buttons = make("div", "buttons");
  for (const [verdict, label, key] of VERDICTS) {
    const b = make("button", "", label + " ");
    b.append(make("kbd", "", key));
    b.setAttribute("aria-pressed", String(e[6] === verdict));
    b.title = { right: "The flag is right", wrong: "There is nothing here", edges: "Right, but it begins or ends elsewhere" }[verdict];
    b.addEventListener("click", () => { review(S, verdict); S.root.focus({ preventScroll: true }); });
    buttons.append(b);
  }
  const by = make("p", "by", data.detector);
  box.replaceChildren(title, sub, list, make("div", "push"), by, buttons);
}

// What the canvas shows, as a table that a screen reader can walk.
function hiddenTable(S) {
  const { data, parts } = S;
  if (S.tableOf === data.key) return;
  S.tableOf = data.key;
  const table = make("table"), head = table.createTHead().insertRow(), body = table.createTBody();
  table.createCaption().textContent = `${data.name} by day`;
  for (const h of ["day", "worn h", "valid day", "flags", "unsure", "flags per judged hour", "95 % interval"]) head.append(make("th", "", h));
  for (const d of data.days) {
    const row = body.insertRow(), rate = d.rate === null ? d.no_rate : d.rate.toFixed(2);
    const valid = d.valid === null ? "–" : d.valid ? "yes" : "no";
    for (const v of [d.title, d.worn, valid, flagsOf(d), d.unsure, rate, d.rate === null ? "" : `${d.low.toFixed(2)} to ${d.high.toFixed(2)}`]) row.insertCell().textContent = v;
  }
  if (data.days.length > 1) {
    const row = body.insertRow(), w = data.week;
    for (const v of [`${data.days.length} days`, "", "", "", "", w ? w.value.toFixed(2) : data.no_week ? "no rate" : data.too_little,
      w ? `${w.low.toFixed(2)} to ${w.high.toFixed(2)}` : ""]) row.insertCell().textContent = v;
  }
  parts.table.replaceChildren(table);
}
function tell(S) {
  const { data, view } = S, e = episodeOf(S);
  const words = e ? `Flag at ${clockText(data, e[1])}, ${lengthText(e[2] - e[1])}, peak ${e[3].toFixed(2)}, ${verdictOf(S, e)}`
    : view.from !== null ? `Window ${clockText(data, view.from)} to ${clockText(data, view.to)}` : data.days[view.day]?.title ?? "All days";
  if (S.parts.live.textContent !== words) S.parts.live.textContent = words;
}
