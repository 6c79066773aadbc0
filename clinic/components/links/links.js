// Shows a piece of HTML; a plain click on a link is handed to Python, so that the page is not loaded anew.
export default function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".links"), [html] = data;
  if (box.shown !== html) { box.shown = html; box.innerHTML = html; }
  box.onclick = event => {
    const row = event.target.closest("[data-row]"), link = event.target.closest("a[href]") ?? row?.querySelector("a[href]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    setTriggerValue("go", link.getAttribute("href"));
  };
  box.onkeydown = event => {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const links = [...box.querySelectorAll("[data-row] a[href]")], at = links.indexOf(parentElement.activeElement ?? box.getRootNode().activeElement);
    const next = links[at + (event.key === "ArrowDown" ? 1 : -1)];
    if (next) { event.preventDefault(); next.focus(); }
  };
}
