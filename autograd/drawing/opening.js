// What is folded in a box, shown in a dialog

const insides = document.querySelectorAll("template.inside");
const trail = []; // of what was opened, one in the other

function open(inside, title) {
  trail.push([inside, title]);
  showInside();
}

function showInside() {
  const [inside] = trail.at(-1);
  const picture = insides[inside].content.firstElementChild.cloneNode(true);
  for (const group of picture.querySelectorAll(".node")) {
    const inner = group.dataset.inside;
    const told = [...group.querySelectorAll("text")].map((text) => text.textContent).join(", ");
    group.setAttribute("role", inner ? "button" : "img");
    group.setAttribute("aria-label", inner ? `${told}; opens` : told);
    group.setAttribute("tabindex", 0);
    if (!inner) continue;
    const act = () => open(+inner, [...group.querySelectorAll("text.b")].map((text) => text.textContent).join(" "));
    group.addEventListener("click", act);
    group.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      act();
    });
  }
  picture.setAttribute("role", "group");
  $("inside-title").textContent = trail.map(([, title]) => title).join(" › ");
  $("outer").hidden = trail.length < 2;
  $("inner").replaceChildren(picture);
  $("inner").scrollTo(0, 0);
  if (!$("inside").open) $("inside").showModal();
  $("inside-title").focus();
}

/** The button that opens a folded box, or why it can't be. */
function opener(i) {
  const { folded, inside, label } = nodes[i];
  if (!folded) return null;
  if (inside === undefined) return make("p", { className: "note" }, "What is in it has no room on this page; expand= of ag.draw opens it.");
  return make("p", null, make("button", { type: "button", id: "opener", "aria-haspopup": "dialog", onclick: () => open(inside, label) }, `Open its ${folded}`));
}

drawn.forEach((group, i) => {
  if (nodes[i].inside === undefined) return;
  group.classList.add("opens");
  group.addEventListener("dblclick", () => open(nodes[i].inside, nodes[i].label));
});
KEYS.o = () => chosen != null && nodes[chosen].inside !== undefined && open(nodes[chosen].inside, nodes[chosen].label);
$("outer").addEventListener("click", () => (trail.pop(), showInside()));
$("leave").addEventListener("click", () => $("inside").close());
$("inside").addEventListener("close", () => (trail.length = 0));
