// What is done inside of a live page: pictures of it as HTML, and which of its rows were handed over already.
// Installed once in each document, under a symbol that the page does not know.
(token) => {
  const key = Symbol.for(token);
  if (window[key]) return;

  const ids = new WeakMap(); // element -> its mark, the same in each picture
  const elements = new Map(); // mark -> a weak reference to the element
  let last = 0;

  const markOf = (element) => {
    let mark = ids.get(element);
    if (mark === undefined) {
      mark = ++last;
      ids.set(element, mark);
      elements.set(mark, new WeakRef(element));
    }
    return mark;
  };

  const find = (mark) => {
    const reference = elements.get(mark);
    const element = reference && reference.deref();
    return element && element.isConnected ? element : null;
  };

  // Paginations that are under way, the outermost first. Each list in one has rows of its own: what one list was handed
  // over is new to another.
  const paginations = [];
  const newPagination = () => ({
    lists: new Map(), // number of a list -> the list
    round: 0,
    held: false,
    replaced: false, // whether rows have left the page: others come in their place
    inVain: false, // whether rows were waited for where none came
  });
  const newList = () => ({
    rows: new Map(), // element that was handed over -> what it showed then, its round, and where it is
    dirty: new Set(), // rows that were touched since they were looked at
    idle: new WeakMap(), // element without a use -> what it showed last
    putOff: new WeakMap(), // element -> how often it was
    waiting: [], // elements that were put off, and are to be handed over yet
    departed: new Map(), // stamp -> how many rows that showed it have left, or show something else now
    before: [], // the stamps of the rows that the last round ended with, in order
  });

  const paginationAt = (depth) => {
    while (paginations.length < depth) paginations.push(newPagination());
    return paginations[depth - 1];
  };

  const listOf = (pagination, number) => {
    if (!pagination.lists.has(number)) pagination.lists.set(number, newList());
    return pagination.lists.get(number);
  };

  let altered = []; // what has got another content since the last picture
  let told = 0; // when the page was told of a scroll
  let changes = 0;
  let observer = null;
  const observed = new WeakSet(); // the document, and its open shadow roots

  const stampOf = (element) => {
    const links = [...element.querySelectorAll("a[href]")].map((a) => a.getAttribute("href"));
    const own = element.getAttribute("href") || element.id || "";
    return [element.textContent.replace(/\s+/g, " ").trim(), own, ...links].join("\n");
  };

  const note = (records) => {
    for (const record of records) {
      changes += 1;
      if (record.type !== "attributes" || record.attributeName === "href") altered.push(record.target);
      for (const { lists } of paginations) for (const list of lists.values()) touch(list, record.target);
    }
  };

  const touch = (list, target) => {
    for (let node = target; node; node = node.parentNode || node.host) {
      if (list.rows.has(node)) {
        list.dirty.add(node);
        return;
      }
    }
  };

  const watch = () => {
    if (observer) {
      note(observer.takeRecords());
      return;
    }
    observer = new MutationObserver(note);
    observe(document);
  };

  const observe = (root) => {
    if (observed.has(root)) return;
    observed.add(root);
    observer.observe(root, { subtree: true, childList: true, characterData: true, attributes: true });
  };

  const isShown = (element) => element.getClientRects().length > 0;

  // Where an element is in what scrolls, in pixels.
  const placeOf = (element) => {
    let top = element.getBoundingClientRect().top;
    for (let node = element.parentElement; node; node = node.parentElement) top += node.scrollTop;
    return Math.round(top);
  };

  const drop = (pagination, list, element, row) => {
    list.rows.delete(element);
    pagination.replaced = true;
    list.departed.set(row.stamp, (list.departed.get(row.stamp) || 0) + 1);
  };

  // Look which rows of earlier rounds are still what they were.
  const review = () => {
    watch();
    for (const pagination of paginations) for (const list of pagination.lists.values()) reviewList(pagination, list);
  };

  const reviewList = (pagination, list) => {
    const { rows, dirty, idle } = list;
    for (const [element, row] of rows) {
      if (!element.isConnected || (row.shown && !isShown(element))) {
        // A pool of rows hides those that it has no use for, with what they showed last.
        if (element.isConnected) idle.set(element, row.stamp);
        drop(pagination, list, element, row);
      } else if (dirty.has(element)) {
        // An element that shows another row is where that row is; one that stays shows the same row, changed by itself.
        const stamp = stampOf(element);
        if (stamp !== row.stamp && placeOf(element) !== row.place) drop(pagination, list, element, row);
        else keepOpen(pagination, row, stamp, pagination.round);
      }
    }
    dirty.clear();
  };

  // A row of one list may have got what is new to another one.
  const keepOpen = (pagination, row, stamp, round) => {
    row.stamp = stamp;
    if (pagination.lists.size > 1) row.round = round;
  };

  // A row that shows something else than the picture from which it is to be read waits for the next one; but not for
  // ever, as some never stop changing.
  const isAltered = ({ putOff }, element) => {
    if (!altered.some((node) => element.contains(node))) return false;
    const times = (putOff.get(element) || 0) + 1;
    putOff.set(element, times);
    return times <= 3;
  };

  // Which of some elements a list was not handed over before. With "peek" nothing is taken note of.
  const fresh = (depth, number, marks, replaces, peek) => {
    watch();
    const pagination = paginationAt(depth);
    const list = listOf(pagination, number);
    const { rows, idle } = list;
    const there = marks.map(find);
    const found = there.map((element) => (element && (peek || !isAltered(list, element)) ? element : null));
    const stamps = found.map((element) => (element ? stampOf(element) : ""));
    let moved = new Map(list.departed);
    let skip = 0;
    if (replaces) {
      // A click brings another page, or the whole list anew with more at its end: then its beginning is the old one.
      const { before } = list;
      const again = before.length > 0 && before.every((stamp, index) => stamps[index] === stamp);
      skip = again ? before.length : 0;
      moved = new Map();
    }
    const flags = found.map((element, index) => {
      if (!element || rows.has(element) || index < skip) return false;
      if (idle.get(element) === stamps[index] && !isShown(element)) return false;
      const left = moved.get(stamps[index]) || 0;
      if (left) moved.set(stamps[index], left - 1);
      return !left;
    });
    if (!peek) {
      if (!replaces) list.departed = moved;
      list.waiting = there.filter((element, index) => element && !found[index] && !rows.has(element));
      found.forEach((element, index) => {
        if (!element || rows.has(element)) return;
        const shown = !replaces && isShown(element);
        const place = replaces ? null : placeOf(element);
        rows.set(element, { stamp: stamps[index], round: pagination.round, shown, place });
      });
    }
    return flags;
  };

  // The rows of a round show what they show when it ends, whatever commands did to them.
  const endRound = (depth) => {
    watch();
    const pagination = paginationAt(depth);
    for (const list of pagination.lists.values()) {
      const { rows, dirty } = list;
      for (const element of dirty) {
        const row = rows.get(element);
        if (row) keepOpen(pagination, row, stampOf(element), pagination.round + 1);
      }
      dirty.clear();
      list.departed = new Map();
      list.before = [...rows].filter(([element]) => element.isConnected).map(([, row]) => row.stamp);
    }
    pagination.round += 1;
  };

  // Whether an element is a row of an earlier round that is no part of what another list is still to be handed over.
  const isDone = (element) => {
    for (const { lists, round } of paginations) {
      for (const { rows } of lists.values()) {
        const row = rows.get(element);
        if (row && row.round < round) return !isAwaited(element);
      }
    }
    return false;
  };

  const isAwaited = (element) => {
    const isPart = (one) => element.contains(one) || one.contains(element);
    return paginations.some(({ lists }) => [...lists.values()].some(({ waiting }) => waiting.some(isPart)));
  };

  const ENTERED = new Set(
    "text search tel url email number date time month week datetime-local color range".split(" "),
  );

  // Write down what a field holds now, where that is not what the page gave it: HTML shows only the latter.
  // What a person would not see (passwords, files, hidden fields) stays out.
  const writeDown = (node, made, chosen) => {
    const mark = (name, holds) => (holds ? made.setAttribute(name, "") : made.removeAttribute(name));
    if (node.localName === "input" && (node.type === "checkbox" || node.type === "radio")) {
      if (node.checked !== node.defaultChecked) mark("checked", node.checked);
    } else if (node.localName === "input" && ENTERED.has(node.type) && node.value !== node.defaultValue) {
      const untouched = document.createElement("input");
      untouched.type = node.type;
      for (const name of ["min", "max", "step"]) untouched[name] = node[name];
      untouched.defaultValue = node.defaultValue;
      if (node.value !== untouched.value) made.setAttribute("value", node.value);
    } else if (node.localName === "option") {
      const select = node.closest("select");
      if (select && !chosen.has(select)) chosen.set(select, isChosenAnew(select));
      if (select && chosen.get(select)) mark("selected", node.selected);
    }
  };

  const isChosenAnew = (select) => {
    const options = [...select.options];
    if (select.multiple || select.size > 1) return options.some((one) => one.selected !== one.defaultSelected);
    const given = options.findLast((one) => one.defaultSelected) || options.find((one) => !one.disabled);
    return select.selectedOptions[0] !== given;
  };

  // Copy a document into one that runs nothing, with open shadow roots as what they show.
  const copyOf = (document_, attribute) => {
    const inert = document_.implementation.createHTMLDocument("");
    const chosen = new Map(); // drop-down list -> whether another option is chosen than the page gave it
    const copy = (node, parent, inShadow) => {
      if (node.nodeType === Node.ELEMENT_NODE) {
        if (attribute && isDone(node)) return;
        if (inShadow && node.localName === "slot") {
          const given = node.assignedNodes();
          for (const child of given.length ? given : node.childNodes) copy(child, parent, given.length === 0);
          return;
        }
        const made = inert.importNode(node, false);
        if (attribute) made.setAttribute(attribute, markOf(node));
        parent.appendChild(made);
        if (attribute) writeDown(node, made, chosen);
        if (node.localName === "textarea" && attribute && node.value !== node.defaultValue) {
          made.textContent = node.value;
          return;
        }
        if (node.localName === "template") {
          made.content.appendChild(inert.importNode(node.content, true));
          return;
        }
        if (node.localName === "noscript") {
          // Where scripts run its content is a text: here it is what it is without them, as in a page over plain HTTP.
          made.innerHTML = node.textContent;
          return;
        }
        const shadow = node.shadowRoot;
        if (shadow && observer) observe(shadow);
        for (const child of (shadow || node).childNodes) copy(child, made, inShadow || Boolean(shadow));
      } else if (node.nodeType === Node.TEXT_NODE || node.nodeType === Node.COMMENT_NODE) {
        parent.appendChild(inert.importNode(node, false));
      }
    };
    const holder = inert.createDocumentFragment();
    if (document_.documentElement) copy(document_.documentElement, holder, false);
    return holder.firstChild;
  };

  const hasShadow = () => {
    for (const element of document.querySelectorAll("*")) if (element.shadowRoot) return true;
    return false;
  };

  // With an attribute for marks: without what the paginations that are under way, so many, are done with.
  const picture = (attribute, depth) => {
    if (attribute) {
      watch();
      paginations.length = Math.min(paginations.length, depth);
      review();
    }
    altered = [];
    const whole = attribute || hasShadow() ? copyOf(document, attribute) : document.documentElement;
    const type = document.doctype ? "<!DOCTYPE html>" : "";
    return { html: type + (whole ? whole.outerHTML : ""), url: document.URL, changes };
  };

  // Wait until the page changes, at most so many milliseconds.
  const changed = (since, milliseconds) => {
    watch();
    if (changes !== since) return true;
    return new Promise((resolve) => {
      const end = Date.now() + milliseconds;
      const look = () => {
        if (changes !== since) resolve(true);
        else if (Date.now() >= end) resolve(false);
        else setTimeout(look, 15);
      };
      look();
    });
  };

  // Let what an action began go on: two frames, or a moment where there are none (a hidden tab).
  const breathe = () =>
    new Promise((resolve) => {
      setTimeout(resolve, 100);
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 0)));
    });

  const enabled = (mark) => {
    const element = find(mark);
    if (!element) return false;
    if (element.closest(":disabled, [aria-disabled=true], .disabled")) return false;
    if (!element.getClientRects().length) return false;
    const style = getComputedStyle(element);
    return style.visibility !== "hidden";
  };

  const boxOf = (mark) => (mark ? find(mark) : document.scrollingElement) || document.documentElement;

  const scroll = (mark, by, end) => {
    const box = boxOf(mark);
    if (end === "top") box.scrollTo({ top: 0, behavior: "instant" });
    else if (end === "bottom") box.scrollTo({ top: box.scrollHeight, behavior: "instant" });
    else box.scrollBy({ top: by, behavior: "instant" });
  };

  // Scroll on so far that nothing is passed over: the last row that is there comes to the top. Tells "end" where there
  // is nothing more to scroll, and "blank", without a move, where the rows of what is in sight may still be to come;
  // "waited" tells that they were waited for.
  const scrollOn = (depth, mark, waited) => {
    const box = boxOf(mark);
    const top = mark ? box.getBoundingClientRect().top : 0;
    const pagination = paginationAt(depth);
    const handedOver = () => [...pagination.lists.values()].flatMap(({ rows }) => [...rows.keys()]);
    const known = handedOver().length;
    review();
    const rows = handedOver();
    let bottom = -Infinity;
    for (const element of rows) bottom = Math.max(bottom, element.getBoundingClientRect().top - top);
    const start = box.scrollTop;
    if (known && !rows.length && !pagination.held) {
      // All that is in sight is new: it is to be looked at first.
      pagination.held = true;
      return "on";
    }
    pagination.held = false;
    const isBlank = bottom < 2;
    if (isBlank && (known || pagination.replaced) && start + box.clientHeight < box.scrollHeight - 2) {
      if (waited) pagination.inVain = true;
      else if (pagination.replaced || !pagination.inVain) return "blank";
    }
    box.scrollTo({ top: start + (isBlank ? box.clientHeight * 0.5 : bottom - 1), behavior: "instant" });
    if (box.scrollTop === start && Date.now() - told > 1000) {
      // A list that loads at its end may look at the event alone; more of them would put off one that waits for rest.
      told = Date.now();
      (mark ? box : document).dispatchEvent(new Event("scroll", { bubbles: !mark }));
    }
    return box.scrollTop === start || box.scrollTop + box.clientHeight >= box.scrollHeight - 2 ? "end" : "on";
  };

  window[key] = {
    picture, changed, breathe, fresh, endRound, find, enabled, scroll, scrollOn,
    count: () => { watch(); return changes; },
  };
}
