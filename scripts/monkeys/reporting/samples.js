"use strict";
// Whatever a model wrote reaches the page as text (textContent), never as HTML.
const data = JSON.parse(document.getElementById("data").textContent);
const at = (id) => document.getElementById(id);
const STEP = 200; // rows of the list at a time
let found = [], listed = 0, chosen = null;

function make(tag, text, name) {
  const element = document.createElement(tag);
  if (text !== undefined && text !== null) element.textContent = visible(String(text));
  if (name) element.className = name;
  return element;
}

// Characters that nobody sees, or that turn the direction of what follows, are written out.
function visible(text) {
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (letter) => letter === "\r" ? "" : "\\u" + letter.charCodeAt(0).toString(16).padStart(4, "0"));
}

function options(id, values) {
  for (const [value, text] of values) {
    const option = make("option", text);
    option.value = value;
    at(id).append(option);
  }
}

const KEYWORDS = new Set("False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(" "));
const TOKENS = /(#[^\n]*)|("""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\[\s\S]|[^"\\\n])*"?|'(?:\\[\s\S]|[^'\\\n])*'?)|(\b\d[\w.]*)|([A-Za-z_]\w*)/g;

// Python's words in colours; of another language what is alike.
function highlighted(text, parent, marked) {
  let end = 0;
  const plain = (piece) => { if (piece) parent.append(document.createTextNode(visible(piece))); };
  for (const match of text.matchAll(TOKENS)) {
    const kind = match[1] ? "comment" : match[2] ? "string" : match[3] ? "number" : KEYWORDS.has(match[4]) ? "keyword" : "";
    if (!kind) continue;
    plain(text.slice(end, match.index));
    parent.append(make("span", match[0], kind));
    end = match.index + match[0].length;
  }
  plain(text.slice(end));
}

// A text with its fenced blocks highlighted; a completion of a program is all code.
function textOf(text, isCode) {
  const pre = make("pre");
  if (isCode && !/^ {0,3}(```|~~~)/m.test(text)) {
    pre.className = "code";
    highlighted(text, pre);
    return pre;
  }
  let block = null, fence = "";
  for (const line of text.split(/(?<=\n)/)) {
    const mark = line.match(/^\s*(`{3,}|~{3,})/);
    if (block === null && mark) {
      pre.append(document.createTextNode(visible(line)));
      block = "";
      fence = mark[1];
    } else if (block !== null && mark && mark[1].startsWith(fence)) {
      closed(block, pre);
      pre.append(document.createTextNode(visible(line)));
      block = null;
    } else if (block !== null) block += line;
    else pre.append(document.createTextNode(visible(line)));
  }
  if (block) closed(block, pre);
  return pre;
}

function closed(block, pre) {
  const code = make("span", null, "code");
  highlighted(block, code);
  pre.append(code);
}

// A reference's text; the lines that the reason names are marked.
function referenceOf(text, reason) {
  const pre = make("pre");
  const named = /^AssertionError\b|\bassert\b/.test(reason), numbered = reason.match(/\bline (\d+) of the tests/);
  for (const [number, line] of text.split(/(?<=\n)/).entries()) {
    // A verdict quotes the line, or the beginning of a long one.
    const words = line.trim().replace(/\s*#.*$/, "").slice(0, 160);
    const hit = numbered ? Number(numbered[1]) === number + 1 : named && /^assert\b|\(/.test(words) && words.length > 8 && reason.includes(words);
    const into = hit ? make("mark") : pre;
    highlighted(line, into);
    if (hit) pre.append(into);
  }
  return pre;
}

const isProgram = (problem) => ["test", "tests", "entry_point"].some((name) => name in problem.reference);

function wanted() {
  const form = Object.fromEntries(["draw", "problem", "outcome", "answer", "scorer", "least", "most", "words"].map((id) => [id, at(id).value]));
  const least = parseFloat(form.least), most = parseFloat(form.most), words = form.words.toLowerCase();
  const exact = data.samples.some((sample) => sample.p === form.problem);
  return data.samples.filter((sample) => {
    if (form.draw !== "" && sample.d !== Number(form.draw)) return false;
    if (form.problem && (exact ? sample.p !== form.problem : !sample.p.includes(form.problem))) return false;
    if (form.outcome && sample.o !== form.outcome) return false;
    if (form.answer && (sample.a === undefined || sample.a.trim() !== form.answer.trim())) return false;
    if (form.scorer) {
      const score = (sample.v || {})[form.scorer];
      if (score === undefined || score === null || score < least || score > most) return false;
    }
    return !words || sample.t.toLowerCase().includes(words);
  });
}

const scoreOf = (sample) => {
  const scores = sample.v || {}, name = at("scorer").value || Object.keys(scores)[0];
  return name in scores && scores[name] !== null ? Number(scores[name].toPrecision(4)) : "";
};

function more() {
  for (const sample of found.slice(listed, listed + STEP)) {
    const row = make("tr"), draw = data.draws[sample.d];
    row.append(...[sample.p, draw.model, sample.i].map((value) => make("td", value)));
    row.append(make("td", sample.o, sample.o), make("td", sample.a), make("td", scoreOf(sample)));
    row.title = sample.p;
    row.addEventListener("click", () => show(sample));
    sample.row = row;
    at("rows").append(row);
  }
  listed = Math.min(found.length, listed + STEP);
  at("more").hidden = listed >= found.length;
}

function list() {
  found = wanted();
  listed = 0;
  at("rows").replaceChildren();
  const passed = found.filter((sample) => sample.o === "passed").length;
  at("count").textContent = `${found.length} samples, ${passed} passed`;
  more();
  if (chosen && chosen.row) chosen.row.classList.add("chosen");
}

function section(parent, title, ...children) {
  parent.append(make("h3", title), ...children);
}

function show(sample) {
  if (chosen && chosen.row) chosen.row.classList.remove("chosen");
  chosen = sample;
  if (sample.row) sample.row.classList.add("chosen");
  const draw = data.draws[sample.d], problem = data.problems[draw.benchmark][sample.p], article = at("sample");
  article.replaceChildren(make("h2", `${draw.title}: ${sample.p}, sample ${sample.i}`));
  const facts = make("dl"), fact = (name, value, kind) => { if (value !== undefined) facts.append(make("dt", name), make("dd", value, kind)); };
  fact("verdict", sample.o, sample.o);
  fact("reason", sample.r);
  fact("answer", sample.a);
  for (const [name, score] of Object.entries(sample.v || {})) fact(`score, ${name}`, score === null ? "none" : score);
  const [passed, drawn] = draw.passes[sample.p];
  fact("problem", `${passed} of ${drawn} samples pass`);
  fact("tokens", sample.n);
  fact("ended by", sample.f);
  fact("seed", sample.s);
  article.append(facts);
  section(article, "text", textOf(sample.t, isProgram(problem) && !draw.chat));
  section(article, "reference");
  for (const [name, text] of Object.entries(problem.reference)) {
    article.append(make("p", name, "note"), referenceOf(text, sample.r || ""));
  }
  const details = make("details");
  details.append(make("summary", "prompt"), make("pre", draw.chat ? problem.chat : problem.text));
  article.append(details);
  article.scrollTop = 0;
  const place = "#" + [draw.benchmark, draw.model, draw.strategy, sample.i, sample.p].map(encodeURIComponent).join("/");
  if (location.hash !== place) history.replaceState(null, "", place);
}

// A link to a sample (#benchmark/model/strategy/number/problem), to a problem's samples (#benchmark/model/strategy//problem), to all of a model's
// (#benchmark/model/strategy), or to those of one outcome (#benchmark/model/strategy/outcome).
function follow() {
  const parts = location.hash.slice(1).split("/").map((part) => { try { return decodeURIComponent(part); } catch { return part; } });
  if (parts.length < 3 || parts.length > 5) return;
  const number = data.draws.findIndex((draw) => draw.benchmark === parts[0] && draw.model === parts[1] && draw.strategy === parts[2]);
  if (parts.length < 5) {
    if (number < 0) return;
    at("draw").value = String(number);
    if (parts.length === 4) at("outcome").value = parts[3];
    list();
    return;
  }
  const sample = data.samples.find((one) => one.d === number && one.p === parts[4] && (parts[3] === "" || one.i === Number(parts[3])));
  if (!sample) return;
  if (parts[3] === "") {
    at("draw").value = String(number);
    at("problem").value = parts[4];
    list();
  }
  show(sample);
}

options("draw", data.draws.map((draw, number) => [String(number), draw.title]));
options("outcome", [...new Set(data.samples.map((sample) => sample.o))].sort().map((name) => [name, name]));
for (const name of new Set(data.samples.map((sample) => sample.p))) {
  const option = make("option");
  option.value = name;
  at("problems").append(option);
}
const scorers = [...new Set(data.samples.flatMap((sample) => Object.keys(sample.v || {})))].sort();
options("scorer", scorers.map((name) => [name, name]));
for (const id of ["scores", "from", "to"]) at(id).hidden = scorers.length === 0;
at("list").classList.toggle("unscored", scorers.length === 0);
at("list").classList.toggle("alone", new Set(data.draws.map((draw) => draw.model)).size === 1);
at("filters").addEventListener("input", list);
at("filters").addEventListener("submit", (event) => event.preventDefault());
at("filters").addEventListener("reset", () => setTimeout(list));
at("more").addEventListener("click", more);
document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || ["INPUT", "SELECT"].includes(event.target.tagName)) return;
  const next = found[found.indexOf(chosen) + step];
  if (!next) return;
  event.preventDefault();
  while (found.indexOf(next) >= listed) more();
  show(next);
  next.row.scrollIntoView({ block: "nearest" });
});
addEventListener("hashchange", follow);
list();
follow();
