(() => {
  const steps = [...document.querySelectorAll("details")];
  const bar = document.querySelector(".bar");
  const said = document.querySelector("#said");

  const open = (all) => { for (const step of steps) step.open = all; };
  const closed = () => steps.find((step) => !step.open);
  const count = () => {
    bar.querySelector("output").textContent = `${steps.filter((step) => step.open).length} of ${steps.length} steps`;
    bar.querySelector("[data-do=next]").disabled = !closed();
  };
  const actions = {
    next() {
      const step = closed();
      step.open = true;
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

  const copied = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.body.appendChild(document.createElement("textarea"));
      area.value = text;
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  for (const equation of document.querySelectorAll("[data-latex]")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "LaTeX";
    button.setAttribute("aria-label", "Copy this formula as LaTeX");
    button.addEventListener("click", async () => {
      await copied(equation.dataset.latex);
      button.textContent = "copied";
      said.textContent = "LaTeX copied";
      setTimeout(() => { button.textContent = "LaTeX"; said.textContent = ""; }, 1500);
    });
    equation.append(button);
  }

  const wide = () => {
    for (const box of document.querySelectorAll(".rights, .sheet p, .picture")) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", wide);
  document.addEventListener("toggle", wide, true);
  wide();
})();
