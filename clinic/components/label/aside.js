// The words beside the picture: classes as buttons, the chosen span, and whether all is saved.
const classes = S => [...S.data.classes, ...S.extra.map(name => ({ ...PLAIN, name, count: 0 }))];

function aside(S) {
  const [open, field] = S.parts.add.children;
  const close = () => { field.hidden = true; open.hidden = false; field.value = ""; S.root.focus({ preventScroll: true }); };
  open.addEventListener("click", () => { open.hidden = true; field.hidden = false; field.focus(); });
  field.addEventListener("keydown", e => {
    e.stopPropagation();
    if (e.key === "Escape") close();
    if (e.key !== "Enter") return;
    const label = field.value.trim();
    close();
    if (!label) return;
    if (!classes(S).some(k => k.name === label)) S.extra.push(label);
    if (S.draft || S.focus) name(S, label); else draw(S);
  });
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
  fill(parts.winHead, [["b", `${clockText(data, view.from, digits)} – ${clockText(data, view.to, digits)}`],
    ["span", `${lengthText(view.to - view.from)}${signalIsHere(S) ? "" : " · reading the signal …"}`],
    ["i"], ["span", "drag marks"], ["kbd", "1–9"], ["span", "class"], ["kbd", "E"], ["span", "edge"], ["kbd", "← →"], ["span", "0.1 s,"], ["kbd", "⇧"], ["span", "1 s"],
    ["kbd", "["], ["kbd", "]"], ["span", "window"]]);
  parts.winHead.style.width = S.plotEnd + "px";
  buttons(S);
  const at = focused(S), box = parts.chosen;
  if (S.draft) fill(box, [["b", spanText(S, S.draft.from, S.draft.to)], ["div", "not saved yet: give it a class, or Esc"]]);
  else if (at) fill(box, [["b", spanText(S, at.mark[1], at.mark[2])], ["div", at.mark[3]]]);
  else fill(box, [["div", "Drag across the traces to mark a span, or click one to change it."]]);
  const [next, gone] = parts.buttons.children, waiting = S.outbox.length;
  next.disabled = !S.draft && !marks(S).length;
  gone.disabled = !S.draft && !S.focus;
  parts.state.textContent = waiting ? "saving …" : data.marks.length ? "all saved; every change is kept" : "each span is saved once it has a class";
  parts.fail.textContent = S.problem ?? "";
  parts.fail.hidden = !S.problem;
  const words = S.draft ? `Span ${spanText(S, S.draft.from, S.draft.to)} without a class` : at ? `${at.mark[3]}, ${spanText(S, at.mark[1], at.mark[2])}, ${at.edge} chosen`
    : `Window ${clockText(data, view.from)} to ${clockText(data, view.to)}`;
  if (parts.live.textContent !== words) parts.live.textContent = words;
  // For tests and for people who look under the bonnet: what the picture shows now.
  S.root.dataset.waiting = waiting;
  S.root.dataset.view = JSON.stringify({ ...view, stream: data.stream, ready: signalIsHere(S), draft: S.draft, edge: at?.edge ?? null,
    shown: data.shown, marks: seen(S, marks(S)).map(m => m.slice(1)) });
}
const spanText = (S, from, to) => `${clockText(S.data, from, .1 * SECOND)} – ${clockText(S.data, to, .1 * SECOND)}, ${((to - from) / SECOND).toFixed(1)} s`;

function buttons(S) {
  const counts = {};
  for (const [, , , label] of marks(S)) counts[label] = (counts[label] ?? 0) + 1;
  const chosen = S.focus && !S.draft ? focused(S)?.mark[3] : null, list = classes(S), signature = JSON.stringify([list, counts, chosen]);
  if (S.classesOf === signature) return;
  S.classesOf = signature;
  S.parts.classes.replaceChildren(...list.map((k, n) => {
    const b = make("button"), sign = make("i");
    b.type = "button";
    sign.style.background = k.fill; sign.style.border = `1px solid ${k.ink}`;
    b.append(make("kbd", "", n < 9 ? String(n + 1) : "·"), sign, make("span", "", k.name), make("b", "", String(counts[k.name] ?? "–")));
    b.setAttribute("aria-pressed", String(k.name === chosen));
    b.title = k.name;
    b.addEventListener("click", () => { name(S, k.name); S.root.focus({ preventScroll: true }); });
    return b;
  }));
}
