(() => {
  const steps = [...document.querySelectorAll("details")];
  const bar = document.querySelector(".bar");
  const said = document.querySelector("#said");

  const open = (all) => { for (const step of steps) step.open = all; };
  const closed = () => steps.find((step) => !step.open);
  const count = () => {
    bar.querySelector("output").textContent = `${steps.filter((step) => step.open).length} of ${steps.length} steps`;
    bar.querySelector("[data-do=next]").setAttribute("aria-disabled", !closed());
  };
  const actions = {
    next() {
      const step = closed();
      if (!step) return;
      step.open = true;
      said.textContent = `Step ${steps.indexOf(step) + 1}: ${step.querySelector("h3").textContent}`;
      const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
      requestAnimationFrame(() => step.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" }));
    },
    open() { open(true); },
    close() { open(false); },
  };
  const follow = () => {
    const step = steps.find(({ id }) => [id, encodeURIComponent(id)].includes(location.hash.slice(1)));
    if (step) step.open = true;
    step?.scrollIntoView();
  };

  if (bar) {
    bar.hidden = false;
    open(false);
    steps[0].open = true;
    bar.addEventListener("click", (event) => actions[event.target.dataset.do]?.());
    for (const step of steps) step.addEventListener("toggle", count);
    count();
    addEventListener("hashchange", follow);
    follow();
    let before = [];
    addEventListener("beforeprint", () => { before = steps.filter((step) => !step.open); open(true); });
    addEventListener("afterprint", () => { for (const step of before) step.open = false; });
  }

  // On paper nothing scrolls: a formula that is too wide is set smaller, for which its width in ems must be known.
  addEventListener("beforeprint", () => {
    for (const row of document.querySelectorAll(".rights math")) {
      const em = parseFloat(getComputedStyle(row).fontSize);
      row.style.setProperty("--width", (row.getBoundingClientRect().width / em).toFixed(2));
    }
  });

  // Without leave to use the clipboard the text is selected and copied as of old; where that is refused too, it stays
  // selected under its formula, for the reader to copy.
  const copied = async (text, equation) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.className = "source";
      area.readOnly = true;
      area.value = text;
      area.setAttribute("aria-label", "LaTeX of this formula, to copy by hand");
      equation.append(area);
      area.select();
      let done = false;
      try { done = document.execCommand("copy"); } catch { /* the same as a refusal */ }
      if (done) area.remove();
      else area.addEventListener("blur", () => area.remove());
      return done;
    }
  };
  for (const equation of document.querySelectorAll("[data-latex]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "LaTeX";
    const name = equation.querySelector("math")?.getAttribute("alttext") || "this formula";
    button.setAttribute("aria-label", `Copy ${name} as LaTeX`);
    button.addEventListener("click", async () => {
      const done = await copied(equation.dataset.latex, equation);
      if (done) button.focus();
      button.textContent = done ? "copied" : "select";
      said.textContent = done ? "LaTeX copied" : "LaTeX selected, to copy by hand";
      setTimeout(() => { button.textContent = "LaTeX"; said.textContent = ""; }, 1500);
    });
    equation.append(button);
  }

  // What scrolls can be reached with the keyboard. All is measured before anything is changed.
  const wide = (part) => {
    const boxes = [...part.querySelectorAll(".rights, .sheet p, .picture")];
    const scrolls = boxes.map((box) => box.scrollWidth > box.clientWidth);
    boxes.forEach((box, number) => {
      if (scrolls[number]) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    });
  };
  let asked = new Set();
  const ask = (part) => {
    if (!asked.size) requestAnimationFrame(() => { for (const each of asked) wide(each); asked = new Set(); });
    asked.add(part);
  };
  addEventListener("resize", () => ask(document));
  document.addEventListener("toggle", (event) => ask(event.target), true);
  wide(document);
})();
