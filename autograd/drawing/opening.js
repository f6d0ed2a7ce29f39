// What is folded in a box, shown in a dialog

const packedInsides = $("insides").content.textContent;
const canOpen = "DecompressionStream" in window;
const insides = packedInsides && canOpen ? decompressed(packedInsides) : null;
const trail = []; // of what was opened, one in the other

function open(inside, title) {
  trail.push([inside, title]);
  showInside();
}

/** The pictures, which the page has in few characters. */
async function decompressed(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return (await new Response(stream).text()).split("\0");
}

async function showInside() {
  const [inside] = trail.at(-1);
  const holder = make("template");
  holder.innerHTML = (await insides)[inside];
  const picture = holder.content.firstElementChild;
  for (const group of picture.querySelectorAll(".node")) {
    const inside = group.dataset.inside;
    if (pass) renew(group);
    const told = [...group.querySelectorAll("text")].map((text) => text.textContent).join(", ");
    group.setAttribute("role", inside ? "button" : "img");
    group.setAttribute("aria-label", inside ? `${told}; opens` : told);
    group.setAttribute("tabindex", 0);
    if (!inside) continue;
    const act = () => open(+inside, [...group.querySelectorAll("text.b")].map((text) => text.textContent).join(" "));
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

/** Write the numbers of a box anew, as they are at the inputs that were moved. */
function renew(group) {
  const own = group.dataset.of.split(" ").map(Number);
  const [values, slopes] = [own.map((i) => computation.value(i)), own.map((i) => computation.gradient(i))].map(joined);
  const shape = own.length === 1 ? inner[own[0]].shape : [values.length];
  const told = (xs) => (shape ? arrayTexts(xs, shape) : [exactly(xs[0]), sixDigits(xs[0]), drawnNumber(xs[0], "+")]);
  const isKnown = !own.some((i) => unknown.has(i));
  const parts = partsOf(group);
  const changed = [];
  for (const each of parts.rooms) rooms.set(...each);
  writeValue(parts, told(values), true, changed);
  writeGradient(parts, isKnown ? told(slopes) : null, changed);
  for (const { array, isSlope, frame } of parts.arrays) fillArray(array, isSlope, frame, isSlope ? slopes : values, shape);
  changed.push(...parts.arrays.flatMap(({ array, frame }) => (frame ? [] : [...array.children])));
  changed.forEach(fit);
}

/** The button that opens a folded box, or why it can't be. */
function opener(i) {
  const { folded, inside, label } = nodes[i];
  if (!folded) return null;
  if (inside === undefined) return make("p", { className: "note" }, "What is in it has no room on this page; expand= of ag.draw opens it.");
  if (!canOpen) return make("p", { className: "note" }, "It opens in browsers of 2023 or newer.");
  return make("p", null, make("button", { type: "button", id: "opener", "aria-haspopup": "dialog", onclick: () => open(inside, label) }, `Open its ${folded}`));
}

drawn.forEach((group, i) => {
  if (nodes[i].inside === undefined || !canOpen) return;
  group.classList.add("opens");
  group.addEventListener("dblclick", () => open(nodes[i].inside, nodes[i].label));
});
KEYS.o = () => canOpen && chosen != null && nodes[chosen].inside !== undefined && open(nodes[chosen].inside, nodes[chosen].label);
$("outer").addEventListener("click", () => (trail.pop(), showInside()));
$("leave").addEventListener("click", () => $("inside").close());
$("inside").addEventListener("close", () => (trail.length = 0));
