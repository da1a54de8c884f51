// The ranking: sorted, filtered and drawn from columns of data/board.js.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const data = memenvLoaded.get("board");
  if (data) memenvBoard(data);
});

function memenvBoard(data) {
  const { element, drawn, number, percent, show } = memenv;
  const { count, flags, texts } = data;
  const whole = (columns) => Object.fromEntries(Object.entries(columns).map(
    ([name, column]) => [name, Array.isArray(column) ? column : Array(count).fill(column)]));
  const [rows, by] = [whole(data.rows), data.by.map(whole)];
  const PAGE = 100;
  const DOTS = 1500;
  const find = (id) => document.getElementById(id);
  const suite = find("suite");
  const budget = find("budget");
  const competency = find("competency");
  const search = find("search");
  const unranked = find("unranked");
  const body = find("rows");
  const state = { column: "score", down: true, page: 0 };

  const share = (value) => (value === null ? null : value / data.unit);
  const label = (index) => (index === null ? "" : texts[index]);
  const part = () => by[Number(competency.value)];
  const has = (row, flag) => (rows.flags[row] & flags[flag]) !== 0;
  const small = Array.from({ length: count }, (_, row) => `${label(rows.name[row])} ${label(rows.model[row])}`.toLowerCase());

  const columns = {
    rank: (row) => part().rank[row] || null,
    agent: (row) => small[row],
    score: (row) => part().score[row],
    ratio: (row) => rows.ratio[row],
    kept: (row) => rows.kept[row],
    found: (row) => rows.found[row],
    stale: (row) => rows.stale[row],
    usd: (row) => rows.usd[row],
    date: (row) => label(rows.date[row]),
  };
  // What is better when it is smaller is sorted upwards first.
  const up = new Set(["rank", "agent", "ratio", "stale", "usd"]);

  function visible() {
    const words = search.value.toLowerCase();
    const found = [];
    for (let row = 0; row < count; row += 1) {
      if (suite.value !== "" && rows.track[row] !== Number(suite.value)) continue;
      if (budget.value !== "" && rows.budget[row] !== Number(budget.value)) continue;
      if (Number(competency.value) && part().score[row] === null) continue;
      if (!unranked.checked && has(row, "refused")) continue;
      if (words && !small[row].includes(words)) continue;
      found.push(row);
    }
    return found;
  }

  function sorted(found) {
    const value = columns[state.column];
    const sign = state.down ? -1 : 1;
    return found.sort((a, b) => {
      const [left, right] = [value(a), value(b)];
      if (left === null || right === null) return (left === null) - (right === null) || a - b;
      // Rows come best first, so that equals stay in the order of the ranking.
      return left < right ? -sign : left > right ? sign : a - b;
    });
  }

  // --- the table ---

  function rowOf(row) {
    const mark = has(row, "floor") ? "floor" : has(row, "ceiling") ? "ceiling" : "";
    const rank = part().rank[row];
    const apart = mark || has(row, "refused");
    const chips = [
      mark ? chip(mark) : null,
      has(row, "stateful") ? chip("own memory") : null,
      has(row, "trained") ? chip("declares training data", "warn") : null,
      has(row, "refused") ? chip("not ranked", "warn") : null,
    ];
    return element("tr", { class: apart ? "apart" : "" },
      element("td", {}, rank ? String(rank) : "–"),
      element("td", { class: "left agent" },
        element("a", { href: `runs/${rows.run[row]}.html`, class: "said", dir: "auto" }, label(rows.name[row])),
        element("div", { class: "soft small said", dir: "auto" }, label(rows.model[row])),
        boards(row), element("div", { class: "chips" }, chips),
        has(row, "refused") && rows.why[row] !== null ? element("div", { class: "soft small said", dir: "auto" }, label(rows.why[row])) : null),
      element("td", {}, spread(row)),
      element("td", {}, percent(share(rows.ratio[row]))),
      element("td", { class: "hide-narrow" }, percent(share(rows.kept[row]))),
      element("td", { class: "hide-narrow" }, percent(share(rows.found[row]))),
      element("td", { class: "hide-narrow" }, percent(share(rows.stale[row]))),
      element("td", { class: "hide-narrow" }, rows.usd[row] === null ? "–" : rows.usd[row] === 0 ? "0" : `$${share(rows.usd[row]).toFixed(2)}`),
      element("td", { class: "left" }, chip(label(rows.level[row]), ["replayed", "challenged", "reproduced"].includes(label(rows.level[row])) ? "good" : "")),
      element("td", { class: "hide-narrow" }, label(rows.date[row])));
  }

  const chip = (text, kind = "") => element("span", { class: `chip ${kind}` }, text);

  /** Which board a row is on, where rows of several stand together. */
  function boards(row) {
    const told = [];
    if (suite.value === "") told.push(data.tracks[rows.track[row]]);
    if (budget.value === "") told.push(data.budgets[rows.budget[row]]);
    if (readers > 1) told.push(`reader ${label(rows.reader[row])}`);
    return told.length ? element("div", { class: "soft small said", dir: "auto" }, told.join(" · ")) : null;
  }

  function spread(row) {
    const of = part();
    const [value, low, high] = [of.score[row], of.low[row], of.high[row]].map(share);
    if (value === null) return "–";
    const text = element("span", {}, value.toFixed(3));
    if (low === null) return text;
    text.title = `95 %: ${low.toFixed(3)} to ${high.toFixed(3)}`;
    return element("span", {}, drawn("svg", { class: "span", viewBox: "0 0 100 14", "aria-hidden": "true" },
      drawn("rect", { class: "rail", x: 0, y: 6, width: 100, height: 2, rx: 1 }),
      drawn("rect", { class: "low", x: 100 * low, y: 4, width: Math.max(1, 100 * (high - low)), height: 6, rx: 3 }),
      drawn("circle", { class: "dot", cx: 100 * value, cy: 7, r: 4 })), " ", text,
      element("div", { class: "soft small" }, `${low.toFixed(3)} to ${high.toFixed(3)}`));
  }

  let readers = 1;

  function draw() {
    const found = sorted(visible());
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    state.page = Math.min(state.page, pages - 1);
    const shown = found.slice(state.page * PAGE, (state.page + 1) * PAGE);
    readers = new Set(found.map((row) => rows.reader[row])).size;
    show(body, shown.map(rowOf));
    find("none").hidden = found.length > 0;
    find("count").textContent = found.length > PAGE
      ? `Rows ${number(state.page * PAGE + 1)} to ${number(state.page * PAGE + shown.length)} of ${number(found.length)}`
      : `${number(found.length)} ${found.length === 1 ? "row" : "rows"}`;
    find("earlier").hidden = find("later").hidden = pages === 1;
    find("earlier").disabled = state.page === 0;
    find("later").disabled = state.page >= pages - 1;
    const several = suite.value === "" || budget.value === "" || readers > 1;
    find("unplaced").hidden = !found.some((row) => !part().rank[row] && part().score[row] !== null && !rows.flags[row]);
    find("several").hidden = !several || found.length < 2;
    for (const head of document.querySelectorAll("[data-sort]")) {
      if (head.dataset.sort === state.column) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    scatter(found);
  }

  // --- score against memory ---

  function scatter(found) {
    const of = part();
    const points = found.filter((row) => rows.ratio[row] !== null && of.score[row] !== null);
    const front = frontOf(points.filter((row) => !has(row, "refused") && !has(row, "floor") && !has(row, "ceiling")));
    const shown = [...new Set([...front, ...points])].slice(0, DOTS);
    const best = new Set(front);
    const [W, H, L, B] = [720, 380, 48, 44];
    const most = Math.min(2, Math.max(1, ...shown.map((row) => share(rows.ratio[row]))));
    const x = (row) => L + (W - L - 16) * Math.min(1, share(rows.ratio[row]) / most);
    const y = (value) => 12 + (H - 12 - B) * (1 - value);
    const title = `Score against memory: ${number(shown.length)} of ${number(points.length)} rows, ${number(front.length)} on the Pareto front`;
    const svg = drawn("svg", { class: "scatter", viewBox: `0 0 ${W} ${H}`, role: "group", "aria-label": title });
    for (const tick of [0, 0.25, 0.5, 0.75, 1]) {
      svg.append(drawn("line", { class: "grid", x1: L, x2: W - 16, y1: y(tick), y2: y(tick) }));
      svg.append(drawn("text", { x: L - 8, y: y(tick) + 4, "text-anchor": "end" }, tick.toFixed(2)));
      const at = L + (W - L - 16) * tick;
      svg.append(drawn("text", { x: at, y: H - B + 18, "text-anchor": "middle" }, `${Math.round(100 * tick * most)} %`));
    }
    svg.append(drawn("text", { x: (W + L) / 2, y: H - 6, "text-anchor": "middle" }, "memory as a share of the stream (smaller is better)"));
    svg.append(drawn("text", { x: L + 6, y: 26 }, "score"));
    if (front.length > 1) {
      let line = "";
      front.forEach((row, at) => {
        const [px, py] = [x(row).toFixed(1), y(share(of.score[row])).toFixed(1)];
        line += at ? `H${px}V${py}` : `M${px} ${py}`;
      });
      svg.append(drawn("path", { class: "front", d: line }));
    }
    // The front last: it lies above all others.
    for (const row of shown.reverse()) {
      const value = share(of.score[row]);
      const name = `${label(rows.name[row])}: score ${value.toFixed(3)}, memory ${percent(share(rows.ratio[row]))}`;
      const apart = has(row, "refused") || has(row, "floor") || has(row, "ceiling");
      const dot = drawn("circle", { class: `dot ${best.has(row) ? "best" : apart ? "apart" : ""}`, cx: x(row).toFixed(1), cy: y(value).toFixed(1), r: best.has(row) ? 7 : 5 },
        drawn("title", {}, name));
      const link = drawn("a", { href: `runs/${rows.run[row]}.html`, "aria-label": name, tabindex: best.has(row) ? 0 : -1 }, dot);
      svg.append(link);
    }
    show(find("scatter"), points.length ? svg : element("p", { class: "empty" }, "Nothing to draw for this choice."),
      shown.length < points.length ? element("p", { class: "soft small" }, `Drawn: the front and the best ${number(shown.length)} of ${number(points.length)}.`) : null);
  }

  /** Rows that no other row beats in score with no more memory, by memory. */
  function frontOf(points) {
    const of = part();
    const order = [...points].sort((a, b) => rows.ratio[a] - rows.ratio[b] || of.score[b] - of.score[a] || a - b);
    const front = [];
    let most = -1;
    for (const row of order) {
      if (of.score[row] > most) {
        front.push(row);
        most = of.score[row];
      }
    }
    return front;
  }

  // --- the controls ---

  const options = (select, names, every) => {
    if (every) select.append(element("option", { value: "" }, every));
    names.forEach((name, at) => select.append(element("option", { value: String(at) }, name)));
  };
  options(suite, data.tracks, "all");
  options(budget, data.budgets, "all");
  options(competency, ["overall", ...data.competencies], null);

  /** The board with most rows is the one to begin with. */
  function begin() {
    const sizes = new Map();
    for (let row = 0; row < count; row += 1) {
      const key = `${rows.track[row]} ${rows.budget[row]}`;
      sizes.set(key, (sizes.get(key) ?? 0) + (has(row, "refused") ? 0.001 : 1));
    }
    let best = null;
    for (const [key, size] of sizes) if (best === null || size > sizes.get(best)) best = key;
    if (best === null) return;
    const [track, limit] = best.split(" ");
    suite.value = track;
    budget.value = limit;
    unranked.checked = sizes.get(best) < 1;
  }

  const changed = () => { state.page = 0; draw(); };
  for (const control of [suite, budget, competency, unranked]) control.addEventListener("change", changed);
  search.addEventListener("input", changed);
  for (const head of document.querySelectorAll("[data-sort]")) {
    head.querySelector("button").addEventListener("click", () => {
      const name = head.dataset.sort;
      state.down = state.column === name ? !state.down : !up.has(name);
      state.column = name;
      changed();
    });
  }
  const turn = (by) => { state.page += by; draw(); find("ranking").scrollIntoView({ block: "start" }); };
  find("earlier").addEventListener("click", () => turn(-1));
  find("later").addEventListener("click", () => turn(1));
  find("filters").hidden = find("pager").hidden = find("memory").hidden = false;
  begin();
  draw();
}
