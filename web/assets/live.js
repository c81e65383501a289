// Keeps the open page true without a reload: on a change it fetches this same page and puts the new <main> in place.
"use strict";
(() => {
  const light = document.getElementById("live");
  if (!light || !window.EventSource) return;
  const text = light.querySelector(".live-text");
  light.hidden = false;
  let waiting = false;
  let fetching = false;

  function show(live) {
    light.classList.toggle("lost", !live);
    text.textContent = live ? light.dataset.live : light.dataset.lost;
  }

  // Whoever is filling in a form keeps what they have typed; the page follows once they are done.
  function isTyping() {
    const field = document.activeElement;
    return !!field && field.matches("main input:not([type=hidden]), main select, main textarea");
  }

  function values(main) {
    return new Map([...main.querySelectorAll("[data-key]")].map((e) => [e.dataset.key, e.textContent]));
  }

  function put(fresh) {
    const main = document.querySelector("main");
    if (main.innerHTML === fresh.innerHTML) return;
    const before = values(main);
    const focused = document.activeElement && main.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...main.querySelectorAll("details[id][open]")].map((e) => e.id);
    const offsets = [...main.querySelectorAll(".scroll")].map((e) => e.scrollLeft);
    main.replaceChildren(...fresh.childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    main.querySelectorAll(".scroll").forEach((e, index) => { e.scrollLeft = offsets[index] || 0; });
    for (const e of main.querySelectorAll("[data-key]")) {
      const was = before.get(e.dataset.key);
      if (was !== undefined && was !== e.textContent) e.classList.add("changed");
    }
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  async function refresh() {
    if (fetching || isTyping()) { waiting = true; return; }
    waiting = false;
    fetching = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "follow" });
      if (answer.redirected || answer.status === 401) { location.reload(); return; }
      if (!answer.ok) { show(false); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("main");
      if (fresh && !isTyping()) put(fresh); else waiting = true;
    } catch { show(false); } finally { fetching = false; }
    if (waiting && !isTyping()) refresh();
  }

  document.addEventListener("focusout", () => setTimeout(() => { if (waiting) refresh(); }, 0));
  // "5 minutes left" goes stale without any change at the node.
  setInterval(refresh, 30000);

  const events = new EventSource("/events");
  let lost = false;
  events.addEventListener("open", () => { show(true); if (lost) refresh(); lost = false; });
  events.addEventListener("change", refresh);
  events.addEventListener("error", () => { lost = true; show(false); });
})();
