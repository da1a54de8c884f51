// An episode as questions can be put to it: what the memory held when, and what became of what.
"use strict";

/** Answers about the data of one episode; it draws nothing. */
function memenvEpisode(data) {
  const cuts = new Map(data.cut);
  const last = data.steps.length - 1;
  const byId = new Map();
  for (const version of data.versions) {
    if (!byId.has(version.id)) byId.set(version.id, []);
    byId.get(version.id).push(version);
  }
  const served = new Map();
  for (const question of data.questions) {
    question.retrieved.forEach(([id], rank) => {
      if (!served.has(id)) served.set(id, []);
      served.get(id).push({ question, rank: rank + 1, cited: question.cited.includes(id) });
    });
  }
  const after = new Map();
  for (const question of data.questions) after.set(question.after, (after.get(question.after) ?? 0) + 1);

  const there = (version, step) => version.since <= step && (version.until === null || step < version.until);

  /** The version of an entry after a step, or undefined. */
  const versionAt = (id, step) => (byId.get(id) ?? []).find((version) => there(version, step));

  /** Entries after a step as {version, change}: what changed first, then the newest first. */
  function memoryAt(step) {
    const order = ["new", "updated", "deleted"];
    const changed = [];
    const rest = [];
    for (const version of data.versions) {
      if (version.until === step && version.ended === "deleted") changed.push({ version, change: "deleted" });
      else if (there(version, step)) {
        if (version.since !== step) rest.push({ version, change: "" });
        else changed.push({ version, change: before(version) ? "updated" : "new" });
      }
    }
    changed.sort((a, b) => order.indexOf(a.change) - order.indexOf(b.change));
    return [...changed, ...rest.reverse()];
  }

  /** The text that a version took the place of. */
  const before = (version) =>
    (byId.get(version.id) ?? []).find((other) => other.until === version.since && other.ended === "updated");

  /** What a step removed, or null. */
  const removed = (id, step) => (byId.get(id) ?? []).find((version) => version.until === step && version.ended === "deleted") ?? null;

  function verdict(question) {
    if (question.answered === null) return "not scored";
    if (question.answered) return "answered";
    if (question.kept === null) return "cannot tell";
    if (!question.kept) return "not kept";
    return question.found ? "not answered" : "not found";
  }

  /** Why a question went as it did, in a sentence or two. */
  function story(question) {
    const fates = question.support.map((passage) => passage.fate);
    if (question.answered === null) return "It could not be scored.";
    const stale = question.stale ? " The answer was right once, and is outdated." : "";
    if (question.kept === null) return `Nobody can tell where its evidence is: it names none.${stale}`;
    if (question.answered) {
      if (question.kept && question.found) return "Its evidence was kept, found and answered from.";
      return `Answered right, although its evidence was ${question.kept ? "not found" : "not kept"}.`;
    }
    if (question.kept) {
      if (question.found) return `Its evidence was found, but the answer is wrong.${stale}`;
      return `Kept but not found: the memory held the evidence, and the reader retrieved other entries.${stale}`;
    }
    const told = {
      never: "Never stored: no entry ever held it.",
      updated: "Overwritten: an entry held it, and was rewritten without it before the question was asked.",
      deleted: "Deleted: an entry held it, and was removed before the question was asked.",
    };
    const fate = ["never", "updated", "deleted"].find((each) => fates.includes(each));
    return `${told[fate] ?? "Its evidence was not in the memory."}${stale}`;
  }

  /** From when to when entries held something, by the numbers of the versions that did. */
  function spans(holders) {
    const found = [];
    for (const { id, since, until } of holders.map((at) => data.versions[at])) {
      const before = found.find((span) => span.id === id && span.until === since);
      if (before) before.until = until;
      else found.push({ id, since, until });
    }
    return found;
  }

  /** The steps that wrote what a question retrieved. */
  function writersOf(question) {
    const steps = new Set();
    for (const [id] of question.retrieved) {
      for (const step of versionAt(id, question.after)?.writers ?? []) steps.add(step);
    }
    return [...steps].sort((a, b) => a - b);
  }

  return {
    data,
    last,
    text: (index) => data.texts[index],
    whole: (index) => cuts.get(index) ?? null,
    versions: (id) => byId.get(id) ?? [],
    served: (id) => served.get(id) ?? [],
    asked: (step) => after.get(step) ?? 0,
    versionAt,
    memoryAt,
    before,
    removed,
    verdict,
    story,
    spans,
    writersOf,
  };
}
