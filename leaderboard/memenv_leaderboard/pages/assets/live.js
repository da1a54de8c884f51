// A page that is served follows a run in progress: what has changed is asked for every two seconds.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("live");
  if (!place) return;
  const [OFTEN, SELDOM] = [2000, 10000];
  let known = place.dataset.state;

  async function look() {
    let wait = OFTEN;
    try {
      const status = await (await fetch(place.dataset.status, { cache: "no-store" })).json();
      tell(status);
      if (status.state !== known) {
        await renew();
        known = status.state;
      }
      if (status.done >= status.planned) wait = SELDOM;
    } catch {
      place.classList.add("over");
      place.textContent = "The server has stopped; the page stays as it is.";
      return;
    }
    setTimeout(look, wait);
  }

  function tell({ done, planned, score }) {
    const over = done >= planned;
    place.classList.toggle("over", over);
    const of = `${done.toLocaleString("en")} of ${planned.toLocaleString("en")} episodes`;
    place.textContent = `${over ? "Done" : "In progress"}: ${of}${score === null ? "" : `, mean score ${score.toFixed(3)}`}`;
    const bar = document.getElementById("progress");
    if (bar) {
      bar.max = Math.max(1, planned);
      bar.value = done;
    }
  }

  /** Take over the parts that the server has drawn anew; what is open or focused elsewhere stays. */
  async function renew() {
    const page = new DOMParser().parseFromString(await (await fetch(location.href, { cache: "no-store" })).text(), "text/html");
    for (const part of document.querySelectorAll("[data-renewed]")) {
      const fresh = page.getElementById(part.id);
      if (fresh) part.replaceChildren(...document.importNode(fresh, true).childNodes);
    }
  }

  setTimeout(look, OFTEN);
});
