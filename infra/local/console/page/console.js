"use strict";

// Everything shown comes from other people's text: it goes into the page as text nodes only, never as markup.
function el(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === false || value === undefined || value === null) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

const byId = (id) => document.getElementById(id);
const view = byId("view");
const sections = ["inbox", "timelines", "deadlines", "functions", "usage"];
let now = new Date(NaN);

async function ask(path, options) {
  const response = await fetch("/_local/" + path, options);
  const body = await response.json();
  if (!response.ok) throw new Error(body.detail || response.statusText);
  return body;
}

// --- words for instants and durations; always UTC, as the virtual clock is

const dateFormat = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const clockTime = (date) => date.toISOString().slice(11, 19);
const instant = (text) => dateFormat.format(new Date(text)) + " " + clockTime(new Date(text)) + " UTC";
const timeNode = (text) => el("time", { datetime: text, title: text }, instant(text));

function inWords(ms) {
  const minutes = Math.round(Math.abs(ms) / 60000);
  const parts = [[Math.floor(minutes / 1440), "d"], [Math.floor(minutes / 60) % 24, "h"], [minutes % 60, "min"]];
  const words = parts.filter(([n]) => n > 0).slice(0, 2).map(([n, unit]) => n + " " + unit).join(" ");
  if (!words) return "now";
  return ms < 0 ? words + " overdue" : "in " + words;
}

// --- where we are: #/section/id?filter, so that every view can be linked to

function place() {
  const [path, query] = location.hash.replace(/^#\//, "").split("?");
  const [section, id] = path.split("/");
  return { section: sections.includes(section) ? section : "inbox", id: id ? decodeURIComponent(id) : "", query: new URLSearchParams(query || "") };
}

function hashOf(section, id, query) {
  const text = query.toString();
  return "#/" + section + (id ? "/" + encodeURIComponent(id) : "") + (text ? "?" + text : "");
}

// --- the inbox

const read = new Set(JSON.parse(localStorage.getItem("read") || "[]"));
const chosen = { tab: "", phone: false };

function markRead(id) {
  read.add(id);
  localStorage.setItem("read", JSON.stringify([...read].slice(-2000)));
}

async function loadInbox({ id, query }) {
  const filter = new URLSearchParams({ to: query.get("to") || "", subject: query.get("subject") || "" });
  const { mails } = await ask("inbox?" + filter);
  if (!id) return { mails };
  const base = "inbox/" + encodeURIComponent(id);
  const mail = await ask(base);
  if (chosen.tab === "Source") mail.source = await (await fetch("/_local/" + base + "/source")).text();
  return { mails, mail };
}

function showInbox({ mails, mail }, { id, query }) {
  if (mail) markRead(id);
  const items = mails.map((m) => el("li", null, el("a", { href: hashOf("inbox", m.id, query), class: read.has(m.id) ? "" : "unread", "aria-current": m.id === id ? "true" : null },
    el("span", { class: "to" }, m.recipients.join(", ")), el("time", { datetime: m.at, title: instant(m.at) }, shortTime(m.at)), el("span", { class: "subject" }, m.subject || "(no subject)"))));
  const filtered = query.get("to") || query.get("subject");
  const list = items.length ? el("ul", null, items) : empty(filtered ? "No mail matches" : "No mail yet", filtered ? "Change the search above." : "Invite someone, or advance the clock.");
  return el("div", { class: "inbox" + (id ? " reading" : "") },
    el("section", { class: "list", "aria-label": "Mails" }, el("div", { class: "search" }, searchField("to", "Recipient", query), searchField("subject", "Subject", query)), list),
    el("article", { class: "mail" }, mail ? showMail(mail, query) : mails.length ? empty("No mail selected", "Choose one on the left.") : null));
}

function shortTime(text) {
  const date = new Date(text);
  if (date.toISOString().slice(0, 10) === now.toISOString().slice(0, 10)) return clockTime(date).slice(0, 5);
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" }).format(date);
}

function searchField(name, label, query) {
  return el("input", { type: "search", name, placeholder: label, "aria-label": label, value: query.get(name) || "", oninput: (event) => {
    const at = place();
    if (event.target.value) at.query.set(name, event.target.value);
    else at.query.delete(name);
    history.replaceState(null, "", hashOf(at.section, at.id, at.query));
    refresh();
  } });
}

function showMail(mail, query) {
  const tabs = [mail.html && "HTML", mail.text && "Text", "Source", "Headers", "Reply"].filter(Boolean);
  const tab = tabs.includes(chosen.tab) ? chosen.tab : tabs[0];
  const choose = (change) => () => { Object.assign(chosen, change); refresh(); };
  const rows = [["From", mail.header["From"]?.[0] || mail.from], ["To", mail.recipients.join(", ")], ["At", timeNode(mail.at)]];
  for (const [name, value] of Object.entries(mail.tags || {})) rows.push(["Tag", el("span", { class: "mono" }, name + " = " + value)]);
  for (const a of mail.attachments || []) rows.push(["File", (a.name || "unnamed") + " · " + a.type + " · " + a.size.toLocaleString("en") + " bytes"]);
  const widths = el("span", { class: "right" }, [["Full width", false], ["Phone", true]].map(([label, phone]) =>
    el("button", { type: "button", "aria-pressed": String(chosen.phone === phone), onclick: choose({ phone }) }, label)));
  return [
    el("div", { class: "head" },
      el("a", { class: "back", href: hashOf("inbox", "", query) }, "← All mails"), el("h2", null, mail.subject || "(no subject)"),
      el("dl", null, rows.flatMap(([name, value]) => [el("dt", null, name), el("dd", null, value)])),
      el("div", { class: "tabs" }, el("span", { class: "tabs", role: "tablist" }, tabs.map((name) =>
        el("button", { type: "button", role: "tab", "aria-selected": String(name === tab), onclick: choose({ tab: name }) }, name))), tab === "HTML" ? widths : null)),
    el("div", { class: "body", role: "tabpanel", "aria-label": tab }, mailBody(mail, tab)),
  ];
}

function mailBody(mail, tab) {
  if (tab === "HTML") {
    return el("iframe", { title: "Mail as HTML", sandbox: "allow-popups allow-popups-to-escape-sandbox", src: "/_local/inbox/" + encodeURIComponent(mail.id) + "/html", class: chosen.phone ? "phone" : "" });
  }
  if (tab === "Text") return el("pre", { class: "prose", tabindex: "0" }, mail.text);
  if (tab === "Source") return el("pre", { tabindex: "0" }, mail.source || "");
  if (tab === "Reply") return replyBox(mail);
  const lines = Object.entries(mail.header).sort().flatMap(([name, values]) => values.map((value) => name + ": " + value));
  return el("pre", { tabindex: "0" }, lines.join("\n"));
}

// --- replies: what a mail program would send, to the address that the mail asks for

const drafts = new Map(); // by mail, so that a redraw loses nothing

function replyBox(mail) {
  const who = el("select", { "aria-label": "From" }, mail.recipients.map((r) => el("option", null, r)));
  const text = el("textarea", { name: "reply", rows: "8", "aria-label": "Your reply", placeholder: "Your reply", oninput: () => drafts.set(mail.id, text.value) });
  text.value = drafts.get(mail.id) || "";
  const send = el("button", { type: "button", onclick: async () => {
    try {
      await ask("inbound", { method: "POST", headers: { "Content-Type": "message/rfc822" }, body: rawReply(mail, who.value, text.value) });
      drafts.delete(mail.id);
      panel(el("strong", null, "Sent to " + first(mail, "Reply-To")));
      await refresh(true);
    } catch (error) {
      complain(error);
    }
  } }, "Send");
  return el("div", { class: "reply" }, el("label", null, "From ", who), el("span", { class: "dim" }, "to " + first(mail, "Reply-To")), text, send);
}

function first(mail, name) {
  const field = Object.entries(mail.header).find(([other]) => other.toLowerCase() === name.toLowerCase());
  return (field && field[1][0]) || "";
}

function rawReply(mail, from, text) {
  const id = first(mail, "Message-ID");
  return ["From: " + from, "To: " + first(mail, "Reply-To"), "Subject: Re: " + mail.subject.replace(/[\r\n]+/g, " "), "Message-ID: <" + crypto.randomUUID() + "@console.localhost>",
    "In-Reply-To: " + id, "References: " + id, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "",
    text, "", "On " + instant(mail.at) + ", " + first(mail, "From") + " wrote:", ...mail.text.split(/\r?\n/).map((line) => "> " + line), ""].join("\r\n");
}

// --- the other sections

function empty(title, hint) {
  return el("div", { class: "empty" }, el("strong", null, title), hint);
}

function table(columns, rows) {
  const head = columns.map((c) => el("th", { scope: "col", class: c.num ? "num" : null }, c.name));
  const body = rows.map((row) => el("tr", null, row.map((cell, i) => el("td", { class: columns[i].num ? "num" : null }, cell))));
  return el("div", { class: "wide" }, el("table", null, el("thead", null, el("tr", null, head)), el("tbody", null, body)));
}

function matching(items, query) {
  const words = (query.get("q") || "").toLowerCase();
  return items.filter((item) => JSON.stringify(item).toLowerCase().includes(words));
}

function showTimelines({ timelines }, { query }) {
  if (!timelines.length) return el("div", { class: "page" }, empty("No timelines yet", "Create a project through the API, as README shows."));
  const columns = ["When", "Who", "Role", "Channel", "What"].map((name) => ({ name }));
  const shown = matching(timelines, query).map((t) => el("section", null,
    el("div", { class: "title" }, el("h2", null, t.title || t.record), el("span", { class: "mono dim" }, t.record), t.state ? el("span", { class: "state" }, t.state) : null),
    table(columns, (t.entries || []).map((e) => [timeNode(e.at), e.who, e.role, e.channel, e.action]))));
  return el("div", { class: "page" }, el("div", { class: "filter" }, searchField("q", "Filter timelines", query)), shown.length ? shown : empty("Nothing matches", "Change the filter above."));
}

function showDeadlines({ deadlines }, { query }) {
  if (!deadlines.length) return el("div", { class: "page" }, empty("Nothing is waiting", "No open deadline: an invitation or a review would set one."));
  const rows = matching(deadlines, query).sort((a, b) => a.due.localeCompare(b.due)).map((d) => {
    const away = new Date(d.due) - now;
    return [timeNode(d.due), inWords(away), d.kind, el("span", { class: "mono" }, d.record),
      el("button", { type: "button", disabled: away < 0 || away > 400 * 86400000, onclick: () => advance(away + "ms") }, "Go there")];
  });
  const columns = [{ name: "Due" }, { name: "In" }, { name: "Kind" }, { name: "Record" }, { name: "" }];
  return el("div", { class: "page" }, el("div", { class: "filter" }, searchField("q", "Filter deadlines", query)), table(columns, rows));
}

function showFunctions({ functions }) {
  if (!functions.length) return el("div", { class: "page" }, empty("No functions", "template.yaml declares none."));
  const columns = [{ name: "Function" }, { name: "Invocations", num: true }, { name: "Cold starts", num: true }, { name: "Errors", num: true }, { name: "Log" }];
  const rows = functions.map((f) => [el("span", { class: "mono" }, f.name), String(f.invocations), String(f.coldStarts), f.errors ? el("span", { class: "error" }, String(f.errors)) : "0",
    f.log && f.log.length ? el("details", { "data-key": f.name }, el("summary", null, f.log.length + (f.log.length === 1 ? " line" : " lines")), el("pre", { tabindex: "0" }, f.log.join("\n"))) : el("span", { class: "dim" }, "none yet")]);
  return el("div", { class: "page" }, table(columns, rows));
}

function showUsage(usage) {
  const names = [["requests", "Requests"], ["invocations", "Invocations"], ["readUnits", "Read units"], ["writeUnits", "Write units"], ["transitions", "State transitions"], ["mails", "Mails"]];
  return el("div", { class: "page" }, el("dl", { class: "cards" }, names.map(([key, label]) => el("div", null, el("dt", null, label), el("dd", null, usage[key].toLocaleString("en"))))));
}

const shows = { inbox: showInbox, timelines: showTimelines, deadlines: showDeadlines, functions: showFunctions, usage: showUsage };

// --- the clock

async function advance(duration) {
  const buttons = document.querySelectorAll("button");
  buttons.forEach((b) => { b.disabled = true; });
  try {
    tell(await ask("clock", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ advance: duration }) }));
  } catch (error) {
    complain(error);
  } finally {
    buttons.forEach((b) => { b.disabled = false; });
    await refresh(true);
  }
}

function panel(title, ...content) {
  const close = el("button", { type: "button", onclick: () => { byId("happened").hidden = true; } }, "Close");
  byId("happened").replaceChildren(el("div", { class: "bar" }, title, close), ...content);
  byId("happened").hidden = false;
}

function tell({ now: reached, happened }) {
  const title = happened.length ? happened.length + (happened.length === 1 ? " thing" : " things") + " happened on the way to " : "Nothing was due on the way to ";
  panel(el("strong", null, title + instant(reached)), el("ol", null, happened.map((h) => el("li", null, timeNode(h.at), el("span", { class: "dim" }, h.source), el("span", null, h.what)))));
}

function complain(error) {
  panel(el("strong", { class: "error" }, error.message));
}

// --- drawing: only when something changed, so that focus, scrolling and selection stay

let drawn = "";
let turn = 0;

async function refresh(force) {
  const at = place(), mine = ++turn;
  try {
    const [clock, data, inbox] = await Promise.all([ask("clock"), at.section === "inbox" ? loadInbox(at) : ask(at.section), ask("inbox")]);
    if (mine !== turn) return; // a later one is under way
    now = new Date(clock.now);
    byId("now").textContent = instant(clock.now);
    byId("now").dateTime = clock.now;
    const minute = at.section === "deadlines" ? clock.now.slice(0, 16) : "";
    const state = JSON.stringify([location.hash, chosen, minute, data]);
    if (force || state !== drawn) draw(at, data);
    drawn = state;
    countUnread(inbox.mails);
  } catch (error) {
    if (mine === turn) complain(error);
  }
}

function countUnread(mails) {
  const unread = mails.filter((m) => !read.has(m.id)).length;
  byId("unread").textContent = unread;
  byId("unread").hidden = unread === 0;
  document.title = (unread ? "(" + unread + ") " : "") + "Callsheet local";
}

function draw(at, data) {
  document.querySelectorAll("nav a").forEach((a) => {
    if (a.hash === "#/" + at.section) a.setAttribute("aria-current", "page");
    else a.removeAttribute("aria-current");
  });
  const field = document.activeElement?.name, href = document.activeElement?.getAttribute?.("href"), scroll = view.querySelector(".list ul")?.scrollTop || 0;
  const open = [...view.querySelectorAll("details[open]")].map((d) => d.dataset.key);
  view.replaceChildren(shows[at.section](data, at));
  view.querySelectorAll("details").forEach((d) => { d.open = open.includes(d.dataset.key); });
  const list = view.querySelector(".list ul");
  if (list) list.scrollTop = scroll;
  const again = field ? view.querySelector("[name=" + CSS.escape(field) + "]") : href ? view.querySelector("a[href=" + CSS.escape(href) + "]") : null;
  if (!again) return;
  again.focus();
  if (field) again.setSelectionRange(again.value.length, again.value.length);
}

function step(by) {
  const links = [...view.querySelectorAll(".list li a")];
  const current = links.findIndex((a) => a.hasAttribute("aria-current"));
  const next = links[current < 0 ? 0 : current + by];
  if (!next) return;
  location.hash = next.hash;
  next.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    byId("happened").hidden = true;
    if (event.target.matches("input, textarea")) event.target.blur();
    return;
  }
  if (event.target.matches("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (event.key === "/") { event.preventDefault(); view.querySelector("input")?.focus(); }
  else if (sections[Number(event.key) - 1]) location.hash = "#/" + sections[Number(event.key) - 1];
});
document.querySelectorAll("[data-advance]").forEach((b) => b.addEventListener("click", () => advance(b.dataset.advance)));
window.addEventListener("hashchange", () => refresh());
setInterval(() => { if (!document.hidden) refresh(); }, 2000);
refresh();
