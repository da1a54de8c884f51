// The episode explorer: the stream as a timeline, the memory at any moment, and every question.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("explorer");
  const data = memenvLoaded.get("episode");
  if (!data || data.failure || !data.steps.length) {
    place.querySelector("[data-waiting]").textContent = data
      ? "There is nothing to explore: the episode has no steps."
      : "The data of this episode is not there: keep the folder data/ beside the pages.";
    return;
  }
  memenvExplore(place, memenvEpisode(data));
});

function memenvExplore(place, episode) {
  const { element, said, score, number, counted, show } = memenv;
  const { data } = episode;
  const asked = new URLSearchParams(location.hash.slice(1));
  const state = {
    step: within(asked.get("step"), data.steps.length) ?? episode.last,
    question: within(asked.get("question"), data.questions.length),
    filter: "all",
    words: "",
    entry: null,
    pinned: false,
    every: { operations: false, memory: false, questions: false },
  };

  /** A number of the address, when it is one of so many. */
  function within(text, many) {
    return text !== null && /^\d{1,9}$/.test(text) && Number(text) < many ? Number(text) : null;
  }

  const words = (index, options = {}) => said(episode.text(index), { whole: episode.whole(index), ...options });
  const chip = (text, kind = "") => element("span", { class: `chip ${kind}`, dir: "auto" }, text);
  const good = { ok: "good", duplicate: "warn", truncated: "warn", rejected: "bad" };
  const kinds = { answered: "good", "not scored": "", "cannot tell": "" };

  // --- what is always there ---

  const timeline = element("div", { class: "timeline", role: "group", "aria-label": "Chunks of the stream" });
  const most = Math.max(1, ...data.steps.map((step) => step.operations.length));
  const cells = data.steps.map((step, at) => {
    const refused = step.operations.filter((each) => each.status === "rejected").length;
    const height = (count) => (40 * count) / most;
    const bars = memenv.drawn(
      "svg",
      { class: "written", viewBox: "0 0 10 40", preserveAspectRatio: "none", "aria-hidden": "true" },
      memenv.drawn("rect", { x: 1, width: 8, y: 40 - height(step.operations.length), height: height(step.operations.length) }),
      refused ? memenv.drawn("rect", { class: "refused", x: 1, width: 8, y: 40 - height(refused), height: height(refused) }) : null,
    );
    const questions = episode.asked(at);
    const label = [
      `Chunk ${at}`,
      counted(step.operations.length, "operation"),
      refused ? `${refused} rejected` : "",
      questions ? `${counted(questions, "question")} asked after it` : "",
    ];
    const button = element(
      "button",
      { type: "button", tabindex: -1, "aria-label": label.filter(Boolean).join(", "), onclick: () => go(at) },
      bars,
      element("span", { class: "marks", "aria-hidden": "true" }, questions ? "?" : ""),
    );
    timeline.append(button);
    return button;
  });
  timeline.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: state.step - 1, ArrowRight: state.step + 1, Home: 0, End: episode.last };
    if (!(event.key in moves)) return;
    event.preventDefault();
    go(moves[event.key]);
    cells[state.step].focus();
  });

  const slider = element("input", {
    type: "range", id: "moment", min: 0, max: episode.last, value: state.step,
    "aria-label": "The memory after chunk", oninput: () => go(Number(slider.value)),
  });
  const back = element("button", { type: "button", onclick: () => go(state.step - 1) }, "Back");
  const next = element("button", { type: "button", onclick: () => go(state.step + 1) }, "Next");
  const now = element("p", { class: "now", "aria-live": "polite" });
  const chunkPane = element("section", { class: "card", "aria-labelledby": "chunk-title" });
  const memoryPane = element("section", { class: "card", "aria-labelledby": "memory-title" });
  const questionPane = element("section", { class: "card", "aria-labelledby": "questions-title" });
  const detail = element("aside", { class: "card detail", id: "detail", "aria-label": "About an entry", hidden: true });
  show(
    place,
    element("section", { class: "card moment", "aria-label": "Moment" }, now, timeline,
      element("div", { class: "slide" }, back, slider, next)),
    element("div", { class: "panes" }, chunkPane, memoryPane, questionPane),
    detail,
  );
  place.removeAttribute("aria-busy");
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") forget();
  });

  // --- the chunk and what was done with it ---

  function drawChunk() {
    const step = data.steps[state.step];
    const chunk = data.chunks?.[state.step];
    const shown = state.every.operations ? step.operations : step.operations.slice(0, 40);
    const rewards = step.terms.map(([name, value]) => `${name} ${value}`).join(", ");
    show(
      chunkPane,
      element("h2", { id: "chunk-title" }, `Chunk ${state.step}`),
      chunk?.time ? element("p", { class: "soft small" }, said(String(chunk.time))) : null,
      chunk
        ? element("div", { class: "chunk", tabindex: 0, role: "region", "aria-label": "Text of the chunk" }, words(chunk.text, { limit: 2400 }))
        : element("p", { class: "note" }, said(`The text of the stream cannot be shown: ${data.missing}`)),
      element("h3", {}, counted(step.operations.length, "operation")),
      step.said === null ? null : element("details", { class: "item" }, element("summary", {}, "What the model said"), words(step.said, { limit: 2400 })),
      element("ul", { class: "list", tabindex: 0, "aria-label": "Operations" }, shown.map((each, at) => operation(each, step.repaired.includes(at)))),
      more("operations", step.operations.length - shown.length),
      element("p", { class: "soft small" }, `Memory: ${number(step.tokens)} tokens.`,
        step.reward === null ? "" : ` Credit of this step: ${step.reward}${rewards ? ` (${rewards})` : ""}.`),
    );
  }

  function operation(each, repaired) {
    const about = each.entry !== null && episode.versions(each.entry).length ? each.entry : null;
    const removed = each.op === "delete" ? episode.removed(each.on, state.step) : null;
    return element(
      "li",
      { class: `item${about !== null && about === state.entry ? " used" : ""}` },
      element("div", { class: "head" },
        chip(each.status, good[each.status]), element("span", { class: "mono" }, String(each.op)),
        each.on === null || each.on === about ? null : said(String(each.on), { limit: 60 }),
        about === null ? null : toEntry(about),
        repaired ? chip("repaired", "warn") : null),
      each.text === null ? null : words(each.text),
      removed === null ? null : element("del", { class: "soft" }, words(removed.text, { limit: 160 })),
      each.reason ? element("div", { class: "soft small" }, said(String(each.reason))) : null,
    );
  }

  // --- the memory at this moment ---

  const search = element("input", {
    type: "search", id: "find-entry", autocomplete: "off",
    oninput: () => { state.words = search.value.toLowerCase(); drawMemory(); },
  });
  const memoryHead = element("div", {});
  const memoryList = element("div", {});
  memoryPane.append(
    memoryHead,
    element("div", { class: "filters" }, element("label", { for: "find-entry" }, "Entries with the words", search)),
    memoryList,
  );

  function drawMemory() {
    const entries = episode.memoryAt(state.step);
    const counts = (change) => entries.filter((each) => each.change === change).length;
    const living = entries.length - counts("deleted");
    const wanted = state.words
      ? entries.filter(({ version }) => episode.text(version.text).toLowerCase().includes(state.words))
      : entries;
    // What the open question retrieved comes first: it may be far down otherwise.
    const rank = ({ version }) => (state.question === null ? -1 : data.questions[state.question].retrieved.findIndex(([id]) => id === version.id));
    const ranked = wanted.filter((each) => rank(each) >= 0).sort((a, b) => rank(a) - rank(b));
    const ordered = [...ranked, ...wanted.filter((each) => rank(each) < 0)];
    const shown = state.every.memory ? ordered : ordered.slice(0, 60);
    show(
      memoryHead,
      element("h2", { id: "memory-title" }, `Memory after chunk ${state.step}`),
      data.lost ? element("p", { class: "note" }, said(`The memory cannot be shown: ${data.lost}`)) : null,
      element("p", { class: "chips" }, chip(counted(living, "entry").replace(/entrys$/, "entries")),
        ["new", "updated", "deleted"].map((change) => (counts(change) ? chip(`${number(counts(change))} ${change}`, changeKind[change]) : null))),
    );
    show(
      memoryList,
      wanted.length ? null : element("p", { class: "empty" }, state.words ? "No entry has these words." : "The memory is empty."),
      element("ul", { class: "list", tabindex: 0, "aria-label": "Entries" }, shown.map(entryRow)),
      more("memory", wanted.length - shown.length),
    );
  }

  const changeKind = { new: "good", updated: "warn", deleted: "bad" };
  const changeMark = { new: "new", updated: "changed", deleted: "gone" };

  function entryRow({ version, change }) {
    const question = state.question === null ? null : data.questions[state.question];
    const rank = question ? question.retrieved.findIndex(([id]) => id === version.id) : -1;
    const served = episode.served(version.id).length;
    const row = element(
      "li",
      { class: `item ${changeMark[change] ?? ""}${rank >= 0 || version.id === state.entry ? " used" : ""}`, "data-entry": version.id },
      element("div", { class: "head" }, toEntry(version.id), said(version.store, { limit: 40 }),
        change ? chip(change, changeKind[change]) : null,
        rank >= 0 ? chip(`retrieved, rank ${rank + 1}`, "accent") : null,
        served ? element("span", {}, `serves ${counted(served, "question")}`) : null),
      change === "updated" ? element("details", { class: "small soft" }, element("summary", {}, "what it said before"), words(episode.before(version).text)) : null,
      words(version.text),
    );
    row.addEventListener("mouseenter", () => look(version.id, false));
    return row;
  }

  /** A control that tells where an entry came from and what it was good for. */
  function toEntry(id) {
    return element("button", {
      type: "button", class: "plain mono", "data-about": id, "aria-label": `About entry ${id}`,
      onfocus: () => look(id, false), onclick: () => look(id, true),
    }, id);
  }

  function look(id, pin) {
    if (state.pinned && !pin) return;
    state.entry = id;
    state.pinned = pin;
    drawDetail();
    mark();
  }

  function forget() {
    state.entry = null;
    state.pinned = false;
    detail.hidden = true;
    mark();
  }

  function drawDetail() {
    const lives = episode.versions(state.entry);
    const version = episode.versionAt(state.entry, state.step) ?? lives[lives.length - 1];
    if (!version) return;
    const [step, at] = version.id.includes(".") ? version.id.split(".").map(Number) : [version.writers[0], null];
    const served = episode.served(version.id);
    detail.setAttribute("aria-live", state.pinned ? "polite" : "off");
    show(
      detail,
      element("div", { class: "head" },
        element("strong", { class: "mono" }, version.id), said(version.store, { limit: 40 }),
        element("button", { type: "button", onclick: forget }, "Close")),
      element("p", {}, at === null ? "The core of the memory. " : `Made at chunk ${step}, operation ${at}. `, "Written by ",
        version.writers.map((each) => toStep(each)), version.parents.length ? " from " : "", version.parents.map((each) => toEntry(each))),
      lives.length > 1 ? element("p", { class: "soft small" }, `Had ${counted(lives.length, "text")}: `,
        lives.map((life) => `chunk ${life.since} to ${life.until === null ? "the end" : `${life.until} (${life.ended})`}`).join("; ")) : null,
      words(version.text, { limit: 300 }),
      element("p", {}, served.length ? `Retrieved for ${counted(served.length, "question")}: ` : "Retrieved for no question.",
        served.slice(0, 20).map(({ question, rank, cited }) => element("button", {
          type: "button", class: "plain", onclick: () => pick(data.questions.indexOf(question)),
        }, `${question.id} (rank ${rank}${cited ? ", the answer rests on it" : ""}, ${episode.verdict(question)})`)),
        served.length > 20 ? ` and ${number(served.length - 20)} more` : ""),
    );
    detail.hidden = false;
  }

  // --- the questions ---

  const verdicts = ["answered", "not kept", "not found", "not answered", "cannot tell", "not scored"];
  const choose = element("select", {
    id: "verdict", onchange: () => { state.filter = choose.value; state.every.questions = false; drawQuestions(); },
  });
  for (const name of ["all", "lost", ...verdicts]) {
    const count = data.questions.filter((question) => isOf(name, question)).length;
    if (count || name === "all") choose.append(element("option", { value: name }, `${name} (${number(count)})`));
  }
  const questionList = element("div", {});
  questionPane.append(
    element("h2", { id: "questions-title" }, "Questions"),
    element("div", { class: "filters" }, element("label", { for: "verdict" }, "Verdict", choose)),
    questionList,
  );

  function isOf(name, question) {
    if (name === "all") return true;
    return name === "lost" ? question.answered === false : episode.verdict(question) === name;
  }

  function drawQuestions() {
    const wanted = data.questions.map((question, at) => ({ question, at })).filter((each) => isOf(state.filter, each.question));
    // The one that is open is shown, wherever it stands.
    const shown = state.every.questions ? wanted : wanted.filter((each, place) => place < 40 || each.at === state.question);
    show(questionList, element("ul", { class: "list", tabindex: 0, "aria-label": "Questions" }, shown.map(questionRow)), more("questions", wanted.length - shown.length));
  }

  function questionRow({ question, at }) {
    const open = at === state.question;
    const used = state.entry !== null && question.retrieved.some(([id]) => id === state.entry);
    const name = episode.verdict(question);
    const button = element("button", {
      type: "button", class: "asked", "aria-expanded": String(open), "data-question": at, onclick: () => pick(open ? null : at),
    }, element("span", { class: "head" }, chip(name, kinds[name] ?? "bad"), `score ${score(question.score)}`, question.stale ? chip("stale", "warn") : null),
      element("span", { class: "said", dir: "auto" }, memenv.cut(episode.text(question.text), 300)));
    return element("li", { class: used ? "item used" : "" }, button, open ? verdictOf(question) : null);
  }

  function verdictOf(question) {
    const yes = (value) => (value === null ? "cannot tell" : value ? "yes" : "no");
    const kind = (value) => (value === null ? "" : value ? "good" : "bad");
    const several = (indices) => indices.map((index) => words(index));
    const writers = episode.writersOf(question);
    return element("div", { class: "verdict" },
      element("p", { class: "now", "data-story": true }, episode.story(question)),
      element("ul", { class: "path", "aria-label": "How far it got" }, ["kept", "found", "answered"].map((name) =>
        element("li", {}, chip(`${name}: ${yes(question[name])}`, kind(question[name]))))),
      episode.text(question.text).length > 300 ? words(question.text) : null,
      element("dl", { class: "answer" },
        element("dt", {}, "Expected"), element("dd", {}, several(question.answers)),
        element("dt", {}, "Answered"), element("dd", {}, episode.text(question.answer) ? words(question.answer) : "(nothing)"),
        question.outdated.length ? [element("dt", {}, "Outdated"), element("dd", {}, several(question.outdated))] : [],
        question.options.length ? [element("dt", {}, "Options"), element("dd", {}, several(question.options))] : [],
        element("dt", {}, "Asked"), element("dd", {}, "after ", toStep(question.after)),
        element("dt", {}, "Gold"), element("dd", {}, question.gold.length ? question.gold.slice(0, 40).map((each) => toStep(each)) : "no chunk is named"),
        element("dt", {}, "Retrieved from"), element("dd", {}, writers.length ? writers.slice(0, 40).map((each) => toStep(each)) : "nothing was retrieved"),
        question.judged === null ? [] : [element("dt", {}, "Judge"), element("dd", {}, score(question.judged))]),
      question.support.length ? element("h3", {}, "Gold evidence") : null,
      question.support.map((passage) => passageOf(question, passage)),
      element("h3", {}, question.retrieved.length ? "Retrieved" : "Nothing was retrieved"),
      element("ol", { class: "list" }, question.retrieved.slice(0, 5).map(([id, points], rank) => retrieved(question, id, points, rank))),
      question.retrieved.length > 5 ? element("details", {}, element("summary", {}, `${number(question.retrieved.length - 5)} more`),
        element("ol", { class: "list", start: 6 }, question.retrieved.slice(5).map(([id, points], at) => retrieved(question, id, points, at + 5)))) : null,
    );
  }

  function passageOf(question, passage) {
    const holders = passage.holders.map((at) => data.versions[at]);
    const found = holders.some((version) => question.retrieved.some(([id]) => id === version.id) && episode.versionAt(version.id, question.after) === version);
    const names = { kept: "kept", never: "never stored", updated: "overwritten", deleted: "deleted" };
    return element("div", { class: "item" },
      element("div", { class: "head" }, chip(names[passage.fate] ?? "cannot tell", passage.fate === "kept" ? "good" : "bad"),
        passage.fate === "kept" ? chip(found ? "found" : "not found", found ? "good" : "bad") : null,
        episode.spans(passage.holders).slice(0, 5).map(({ id, since, until }) =>
          element("span", {}, toEntry(id), ` from chunk ${since} ${until === null ? "to the end" : `until chunk ${until}`}`))),
      words(passage.text));
  }

  function retrieved(question, id, points, rank) {
    const version = episode.versionAt(id, question.after);
    return element("li", { class: "item" },
      element("div", { class: "head" }, `${rank + 1}.`, toEntry(id), points === null ? null : element("span", {}, `score ${points}`),
        question.cited.includes(id) ? chip("the answer rests on it", "accent") : null,
        version ? [element("span", {}, "written by "), version.writers.slice(0, 12).map((each) => toStep(each))] : []),
      version ? words(version.text) : "(not in the memory that can be shown)");
  }

  // --- moving about ---

  function toStep(at) {
    return element("button", { type: "button", class: "plain", "data-step": at, onclick: () => go(at) }, `chunk ${at}`);
  }

  function more(what, left) {
    if (left <= 0) return null;
    return element("button", { type: "button", onclick: () => { state.every[what] = true; draw(); } }, `Show ${number(left)} more`);
  }

  function go(step) {
    const to = Math.max(0, Math.min(episode.last, step));
    if (to === state.step) return;
    state.step = to;
    state.every.operations = state.every.memory = false;
    drawChunk();
    drawMemory();
    if (state.entry !== null) drawDetail();
    mark();
  }

  function pick(at) {
    state.question = at;
    if (at !== null && !isOf(state.filter, data.questions[at])) state.filter = choose.value = "all";
    drawMemory();
    drawQuestions();
    mark();
    const button = at === null ? null : questionList.querySelector(`[data-question="${at}"]`);
    button?.focus();
    button?.scrollIntoView({ block: "nearest" });
  }

  function mark() {
    const writers = new Set(state.entry === null ? [] : episode.versionAt(state.entry, state.step)?.writers ?? episode.versions(state.entry)[0]?.writers);
    const gold = new Set(state.question === null ? [] : data.questions[state.question].gold);
    cells.forEach((cell, at) => {
      cell.classList.toggle("wrote", writers.has(at));
      cell.classList.toggle("gold", gold.has(at));
      cell.tabIndex = at === state.step ? 0 : -1;
      if (at === state.step) cell.setAttribute("aria-current", "step");
      else cell.removeAttribute("aria-current");
    });
    for (const row of memoryList.querySelectorAll("[data-entry]")) row.classList.toggle("used", row.dataset.entry === state.entry || isRetrieved(row.dataset.entry));
    for (const button of questionList.querySelectorAll("[data-question]")) {
      button.classList.toggle("used", state.entry !== null && data.questions[button.dataset.question].retrieved.some(([id]) => id === state.entry));
    }
    slider.value = state.step;
    slider.setAttribute("aria-valuetext", `chunk ${state.step} of ${data.steps.length}`);
    back.disabled = state.step === 0;
    next.disabled = state.step === episode.last;
    now.textContent = `After chunk ${state.step} of ${data.steps.length}, counted from 0: ${counted(data.steps[state.step].operations.length, "operation")}, ${number(data.steps[state.step].tokens)} tokens in memory`;
    const address = [`step=${state.step}`, ...(state.question === null ? [] : [`question=${state.question}`])];
    history.replaceState(null, "", `#${address.join("&")}`);
  }

  function isRetrieved(id) {
    return state.question !== null && data.questions[state.question].retrieved.some(([each]) => each === id);
  }

  function draw() {
    drawChunk();
    drawMemory();
    drawQuestions();
    mark();
  }

  draw();
}
