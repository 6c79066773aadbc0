// The words beside the picture: classes as buttons, the chosen span, and whether all is saved.
const classes = S => [...S.data.classes, ...S.extra.map(name => ({ ...PLAIN, name, count: 0 }))];

function aside(S) {
  const [open, field, whole] = S.parts.add.children;
  whole.addEventListener("click", () => { wholly(S); S.root.focus({ preventScroll: true }); });
  const close = () => { field.hidden = true; open.hidden = whole.hidden = false; field.value = ""; S.root.focus({ preventScroll: true }); };
  open.addEventListener("click", () => { open.hidden = whole.hidden = true; field.hidden = false; field.focus(); });
  field.addEventListener("keydown", e => {
    e.stopPropagation();
    if (e.key === "Escape") close();
    if (e.key !== "Enter") return;
    const bare = name => name.replace(/[_\s]+/g, " ").toLowerCase(), typed = field.value.trim().replace(/\s+/g, " ");
    close();
    if (!typed) return;
    // A class that is there already, here or with another patient, in other capitals: two of one meaning would teach apart.
    const known = [...classes(S).map(k => k.name), ...S.data.named];
    const label = known.find(name => name === typed) ?? known.find(name => bare(name) === bare(typed)) ?? typed;
    if (!classes(S).some(k => k.name === label)) S.extra.push(label);
    if (S.draft || S.focus) name(S, label); else draw(S);
  });
  for (const [words, act, key, title] of [["Right", s => answer(s, true), "Y", "The flag is right"], ["Wrong", s => answer(s, false), "X", "There is nothing here"], ["Edges", correct, "E", "Right, but it begins or ends elsewhere"]]) {
    const b = make("button", "", words + " ");
    b.type = "button"; b.title = title;
    b.append(make("kbd", "", key));
    b.addEventListener("click", () => { act(S); S.root.focus({ preventScroll: true }); });
    S.parts.answers.append(b);
  }
  const [start, end] = S.parts.typed.querySelectorAll("input");
  S.parts.typed.addEventListener("submit", e => { e.preventDefault(); setTimes(S, start.value, end.value); });
  for (const input of [start, end]) {
    input.addEventListener("focus", () => input.select());
    input.addEventListener("keydown", e => {
      e.stopPropagation();
      if (e.key === "Escape") { S.typedOf = null; S.root.focus({ preventScroll: true }); say(S); }
    });
  }
  for (const [words, act, key] of [["Edge", nextEdge, "E"], ["Remove", remove, "Del"], ["Undo", s => edit(s, { kind: "undo" }), "U"]]) {
    const b = make("button", "", words + " ");
    b.type = "button";
    b.append(make("kbd", "", key));
    b.addEventListener("click", () => { act(S); S.root.focus({ preventScroll: true }); });
    S.parts.buttons.append(b);
  }
}

function say(S) {
  const { data, view, parts } = S, digits = view.to - view.from < 20 * SECOND ? .1 * SECOND : SECOND;
  fill(parts.winHead, [["b", `${dayText(S, view.from)}${clockText(data, view.from, digits)} – ${clockText(data, view.to, digits)}`],
    ["span", `${lengthText(view.to - view.from)}${signalIsHere(S) ? "" : " · reading the signal …"}`],
    ["i"], ["span", "drag marks"], ["kbd", "1–9"], ["span", "class"], ["kbd", "E"], ["span", "edge"], ["kbd", "← →"], ["span", "0.1 s,"], ["kbd", "⇧"], ["span", "1 s"],
    ["kbd", "["], ["kbd", "]"], ["span", "window"],
    ...(data.sensors > 1 ? [["kbd", "S"], ["span", "sensor"]] : []), ...(data.shown ? [["kbd", "F"], ["span", "flag"]] : [])]);
  parts.winHead.style.width = S.plotEnd + "px";
  buttons(S);
  const at = focused(S), box = parts.chosen, flag = flagOf(S), box5 = suggested(S);
  if (S.draft) fill(box, [["b", spanText(S, S.draft.from, S.draft.to)], ["div", S.draft.label ? `move its edges, then Enter: ${S.draft.label}` : "not saved yet: give it a class, or Esc"]]);
  else if (flag) fill(box, [["b", spanText(S, flag[1], flag[2])], ["div", `flag: ${flag[3]}${flag[4] ? "" : ", unsure"}${flag[5] ? ` · said ${flag[5]}` : ""}`]]);
  else if (at) fill(box, [["b", spanText(S, at.mark[1], at.mark[2])], ["br"], ["span", at.mark[3] + " · "], ["kbd", "C"], ["span", " " + sureText(at.mark[4])]]);
  else if (box5) fill(box, [["b", spanText(S, box5[0], box5[1])], ["div", "suggested: 1–9 marks all of it, or drag a part"]]);
  else fill(box, [["div", "Drag across the traces to mark a span, or click one to change it."]]);
  parts.answers.hidden = !flag; parts.buttons.hidden = !!flag;
  times(S); suggestionList(S); channelList(S); besideList(S);
  const [next, gone] = parts.buttons.children, waiting = S.outbox.filter(e => !e.stored).length;
  next.disabled = !S.draft && !marks(S).length;
  gone.disabled = !S.draft && !S.focus;
  parts.state.textContent = waiting ? "saving …" : data.marks.length ? "all saved; every change is kept" : "each span is saved once it has a class";
  parts.fail.textContent = S.problem ?? "";
  parts.fail.hidden = !S.problem;
  const words = flag ? `Flag ${flag[3]}, ${spanText(S, flag[1], flag[2])}` : S.draft ? `Span ${spanText(S, S.draft.from, S.draft.to)} without a class` : at ? `${at.mark[3]}, ${spanText(S, at.mark[1], at.mark[2])}, ${sureText(at.mark[4])}, ${at.edge} chosen`
    : `Window ${clockText(data, view.from)} to ${clockText(data, view.to)}`;
  if (parts.live.textContent !== words) parts.live.textContent = words;
  // For tests and for people who look under the bonnet: what the picture shows now.
  S.root.dataset.waiting = waiting;
  S.root.dataset.view = JSON.stringify({ ...view, stream: data.stream, ready: signalIsHere(S), draft: S.draft, edge: at?.edge ?? null,
    shown: data.shown, sure: at?.mark?.[4] ?? null, flag: S.flag, next: data.next.map(n => n[0]), suggested: S.next, off: [...S.off], beside: data.beside.map(b => b.name), voices: data.voices, strips: data.strips.map(s => [s.from, s.to]), marks: seen(S, marks(S)).map(m => m.slice(1, 4)) });
}
const sureText = share => share == null ? "how sure: not said" : `${Math.round(100 * share)} % sure`;
// A time as it is marked: in tenths, and in hundredths where an edge was put between two of them.
const edgeText = (data, us) => clockText(data, us, (wall(data, us) % (.1 * SECOND) ? .01 : .1) * SECOND);
const spanText = (S, from, to) => `${edgeText(S.data, from)} – ${edgeText(S.data, to)}, ${((to - from) / SECOND).toFixed((to - from) % (.1 * SECOND) ? 2 : 1)} s`;

function buttons(S) {
  const counts = {};
  for (const [, , , label] of marks(S)) counts[label] = (counts[label] ?? 0) + 1;
  const chosen = S.focus && !S.draft ? focused(S)?.mark[3] : null, list = classes(S), signature = JSON.stringify([list, counts, chosen]);
  if (S.classesOf === signature) return;
  S.classesOf = signature;
  S.parts.classes.replaceChildren(...list.map((k, n) => {
    const b = make("button"), sign = make("i");
    b.type = "button";
    sign.style.background = k.fill; sign.style.border = `1px solid ${k.ink}`; sign.style.color = k.ink; sign.className = k.mark ?? "";
    b.append(make("kbd", "", n < 9 ? String(n + 1) : "·"), sign, make("span", "", k.name), make("b", "", String(counts[k.name] ?? "–")));
    b.setAttribute("aria-pressed", String(k.name === chosen));
    b.title = k.name;
    b.addEventListener("click", () => { name(S, k.name); S.root.focus({ preventScroll: true }); });
    return b;
  }));
}

// The times of the draft or of the chosen span, to be typed; what somebody is typing is left alone.
function times(S) {
  const span = spanOf(S), form = S.parts.typed, [start, end] = form.querySelectorAll("input"), busy = form.contains(S.root.getRootNode().activeElement);
  form.hidden = !span;
  if (!span || busy && S.typedOf === span.join()) return;
  S.typedOf = span.join();
  start.value = edgeText(S.data, span[0]); end.value = edgeText(S.data, span[1]);
  S.typedWere = [start.value, end.value];
}
function type(S) {
  if (!spanOf(S)) { S.problem = "Drag across the traces first, or click a span: then its times can be typed."; draw(S); return; }
  const at = focused(S), inputs = S.parts.typed.querySelectorAll("input");
  inputs[at?.edge === "end" ? 1 : 0].focus({ preventScroll: true });
}
function suggestionList(S) {
  const { data, parts } = S, signature = JSON.stringify([data.next, data.whyNone, S.next, data.key]);
  if (S.nextOf === signature) return;
  S.nextOf = signature;
  if (!data.next.length) { parts.next.replaceChildren(make("p", "", data.whyNone)); return; }
  parts.next.replaceChildren(...data.next.map(([from, , why], n) => {
    const b = make("button");
    b.type = "button"; b.title = why;
    b.append(make("b", "", dayText(S, from) + clockText(data, from)), make("span", "", why));
    b.setAttribute("aria-current", String(from === S.next));
    b.addEventListener("click", () => { nextSuggestion(S, n); S.root.focus({ preventScroll: true }); });
    return b;
  }));
}
function channelList(S) {
  const names = S.data.window ? S.data.window.channels.map(k => k.name) : [], signature = JSON.stringify([names, [...S.off]]);
  if (S.channelsOf === signature) return;
  S.channelsOf = signature;
  S.parts.channels.replaceChildren(...names.map(name => {
    const b = make("button", "", name), on = !S.off.has(name);
    b.type = "button"; b.title = on ? `Hide ${name}` : `Show ${name}`;
    b.setAttribute("aria-pressed", String(on));
    b.addEventListener("click", () => {
      if (on && names.filter(n => !S.off.has(n)).length === 1) return;
      if (on) S.off.add(name); else S.off.delete(name);
      S.root.focus({ preventScroll: true });
      draw(S);
    });
    return b;
  }));
}
// What can be shown under the traces: the other sensors, and how the open one turns.
function besideList(S) {
  const { besides, beside, key } = S.data, on = beside.map(b => b.name), signature = JSON.stringify([besides, on, key]);
  if (S.besidesOf === signature) return;
  S.besidesOf = signature;
  S.parts.besides.replaceChildren(...(besides.length ? [make("span", "", "beside")] : []), ...besides.map(name => {
    const b = make("button", "", name.replaceAll("-", " ")), shown = on.includes(name);
    b.type = "button"; b.title = shown ? `Hide ${name}` : `Show ${name} under the traces`;
    b.setAttribute("aria-pressed", String(shown));
    b.addEventListener("click", () => {
      S.send("view", { ...S.view, key, beside: shown ? on.filter(n => n !== name) : [...on, name], serial: ++S.serial });
      S.root.focus({ preventScroll: true });
    });
    return b;
  }));
}
