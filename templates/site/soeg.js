// The search of the public pages: everything happens here in the browser, and what is searched is sent nowhere.
// What it searches in is a script of its own (notifier/site/search.py says what stands in a row), which is loaded when
// somebody begins to search. As a script it can be read from a folder too, where a page may fetch nothing.
(() => {
  "use strict";
  const [SLUG, TITLE, LANGUAGE, MARK, MARK_WORDS, TRADES, WHEN, BUYER, PLACE, VALUE, PART, PART_LANGUAGE, FURTHER] =
    Array(13).keys();
  const VERDICTS = ["reserved", "suitable", "possible"];
  const STEP = 50; // rows that are shown at a time
  const byId = (id) => document.getElementById(id);
  const form = byId("soeg");
  if (!form) return;
  form.hidden = false;
  const told = byId("soeg-antal");
  if (!told) return; // the front page: its field leads to the list

  const words = byId("soeg-ord"), trade = byId("soeg-fag"), mark = byId("soeg-maerke"), clear = byId("soeg-ryd");
  const answer = byId("soeg-svar"), list = byId("soeg-fundet"), more = byId("soeg-flere"), lists = byId("lister");
  const fields = [["soeg", words], ["fag", trade], ["maerke", mark]];
  const say = form.dataset;
  const folded = byId("soeg-valg");
  let data = null, loading = false, waiting = 0, found = [], led = false;

  // Written in any way that people write them: capitals, accents, and æ, ø and å as ae, oe and aa.
  const fold = (text) => text.normalize("NFKD").toLowerCase()
    .replace(/a\u030a/g, "aa").replace(/a\u0308|æ/g, "ae").replace(/o\u0308|ø|œ/g, "oe")
    .replace(/[\p{M}\p{Cf}]/gu, "");
  // And as those write them who have no such letters: gronne, arhus.
  const bare = (text) => text.replace(/aa|ae/g, "a").replace(/oe/g, "o");

  window.soegData = (given) => {
    const places = [TITLE, PART, MARK_WORDS, BUYER, PLACE, FURTHER];
    data = given.rows.map((row) => {
      const names = row[TRADES].map((number) => given.trades[number]);
      const text = fold([...places.map((place) => row[place]), ...names.map((name) => name[1])].join("\n"));
      return { row, names, text, bare: bare(text) };
    });
    search();
  };

  function load() {
    if (loading) return;
    loading = true;
    const script = document.createElement("script");
    script.src = say.index;
    script.onerror = () => { loading = false; script.remove(); tell(say.failed); };
    document.head.append(script);
  }

  function search() {
    clearTimeout(waiting);
    const asked = fold(words.value).split(/[^\p{L}\p{N}]+/u).filter(Boolean);
    const active = asked.length > 0 || trade.value !== "" || mark.value !== "";
    remember();
    clear.hidden = !active;
    if (active && !data) {
      told.textContent = say.waiting;
      load();
      return;
    }
    answer.hidden = !active;
    lists.hidden = active;
    found = active ? matching(asked) : [];
    list.replaceChildren();
    show();
    tell(!active ? "" : found.length === 0 ? say.none : found.length === 1 ? say.one
      : say.other.replace("#", found.length.toLocaleString(document.documentElement.lang)));
  }

  // Whoever asked for an answer is led to it; whoever still writes is left where they are.
  function tell(text) {
    told.textContent = text;
    if (!led) return;
    led = false;
    told.focus({ preventScroll: true });
    (form.offsetHeight * 2 < innerHeight ? form : told).scrollIntoView({ block: "start" });
  }

  function matching(asked) {
    const chosen = data.filter(({ row, names }) =>
      (!trade.value || names.some(([key]) => key === trade.value)) && (!mark.value || VERDICTS[row[MARK]] === mark.value));
    const exact = chosen.filter((one) => asked.every((word) => one.text.includes(word)));
    return exact.length ? exact : chosen.filter((one) => asked.every((word) => one.bare.includes(bare(word))));
  }

  function show() {
    const begin = list.children.length;
    list.append(...found.slice(begin, begin + STEP).map(entry));
    more.hidden = list.children.length >= found.length;
    return list.children[begin];
  }

  // As a list's row is in rows.html.j2. Everything is text here: nothing of it can become an element.
  function entry({ row, names }) {
    const item = element("li", `line ${VERDICTS[row[MARK]]}`), when = element("p", "when");
    const link = element("a", "", row[TITLE]), where = element("p", "where");
    link.href = `opgaver/${encodeURIComponent(row[SLUG])}.html`;
    if (row[LANGUAGE]) link.lang = row[LANGUAGE];
    when.append(element("span", "label", row[WHEN][0]));
    if (row[WHEN].length > 1) {
      const time = element("time", "", row[WHEN][1]);
      time.dateTime = row[WHEN][2];
      when.append(" ", time);
    }
    const rest = [names.map((name) => name[1]).join(", "), row[BUYER], row[PLACE], row[VALUE]].filter(Boolean);
    where.append(element("span", "mark", row[MARK_WORDS]), rest.length ? ` · ${rest.join(" · ")}` : "");
    item.append(link, " ", when, " ");
    if (row[PART]) {
      const part = element("p", "part", `${say.part} `), whole = element("span", "", row[PART]);
      if (row[PART_LANGUAGE]) whole.lang = row[PART_LANGUAGE];
      part.append(whole);
      item.append(part, " ");
    }
    item.append(where);
    return item;
  }

  function element(name, kind, text = "") {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.textContent = text;
    return made;
  }

  // What is searched stands in the address: it can be kept, sent on, and come back to.
  function remember() {
    const asked = new URLSearchParams(fields.filter(([, field]) => field.value).map(([name, field]) => [name, field.value]));
    const query = asked.toString();
    try {
      history.replaceState(null, "", query ? `?${query}` : location.pathname);
    } catch { /* a browser that does not let a file's address change: the search works without */ }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    led = true;
    search();
  });
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(search, 200);
    load();
  });
  clear.addEventListener("click", () => {
    for (const [, field] of fields) field.value = "";
    led = false;
    search();
    words.focus();
  });
  more.addEventListener("click", () => show().querySelector("a").focus());

  const given = new URLSearchParams(location.search);
  for (const [name, field] of fields) field.value = given.get(name) || "";
  for (const choice of [trade, mark]) if (choice.selectedIndex < 0) choice.value = "";
  folded.open = Boolean(trade.value || mark.value) || matchMedia("(min-width: 46rem)").matches;
  led = fields.some(([, field]) => field.value);
  if (led) search();
})();
