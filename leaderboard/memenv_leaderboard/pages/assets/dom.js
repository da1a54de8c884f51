// What the other scripts build pages from. Text only ever becomes text: there is no innerHTML here.
"use strict";

const memenvLoaded = new Map();

/** Called by every file of data: a name, and a value as JSON. */
function memenvData(name, json) {
  memenvLoaded.set(name, JSON.parse(json));
}

const memenv = (() => {
  const SVG = "http://www.w3.org/2000/svg";
  const SHORT = 600;

  function fill(node, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : String(value));
    }
    for (const child of children.flat(Infinity)) {
      if (child !== null && child !== undefined && child !== false) node.append(child);
    }
    return node;
  }

  /** An element; a listener is `onclick: function`, a child is a node or a text. */
  const element = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

  const drawn = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

  /** Text that somebody else wrote, cut when it is long, with a control that shows all of it. */
  function said(text, { limit = SHORT, whole = null, tag = "span" } = {}) {
    const box = element(tag, { class: "said", dir: "auto" });
    const rest = whole === null ? "" : `\n[cut here: the text has ${number(whole)} characters; memenv show has it all]`;
    if (text.length <= limit) {
      box.textContent = text + rest;
      return box;
    }
    const start = document.createTextNode(cut(text, limit));
    const control = element("button", { type: "button", class: "plain", "aria-expanded": "false" });
    const most = whole === null ? `all ${number(text.length)}` : `${number(text.length)} of ${number(whole)}`;
    const label = (open) => (open ? "show less" : `show ${most} characters`);
    control.textContent = label(false);
    control.addEventListener("click", (event) => {
      event.stopPropagation();
      const open = control.getAttribute("aria-expanded") !== "true";
      control.setAttribute("aria-expanded", String(open));
      control.textContent = label(open);
      start.data = open ? text + rest : cut(text, limit);
    });
    box.append(start);
    return element("div", {}, box, control);
  }

  /** The beginning of a text, not ending in half a character. */
  function cut(text, limit) {
    if (text.length <= limit) return text;
    const code = text.charCodeAt(limit - 1);
    return `${text.slice(0, code >= 0xd800 && code < 0xdc00 ? limit - 1 : limit)}…`;
  }

  const number = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en"));
  const score = (value) => (value === null || value === undefined ? "–" : value.toFixed(3));
  const percent = (value) => (value === null || value === undefined ? "–" : `${Math.round(100 * value)} %`);
  const counted = (count, what) => `${number(count)} ${what}${count === 1 ? "" : "s"}`;

  /** Replace what a node holds. */
  function show(node, ...children) {
    node.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  }

  return { element, drawn, said, cut, number, score, percent, counted, show };
})();
