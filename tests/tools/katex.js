// Reads {"formulas": [...], "display": bool} and writes one entry per formula: null, or why KaTeX refuses it.
const { formulas, display } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const katex = require("katex");

const options = {
  displayMode: display,
  throwOnError: true,
  strict: "error", // what LaTeX itself would not take
  // Without trust KaTeX prints \href and its like in red and reports nothing.
  trust: ({ command }) => {
    throw new Error(`not trusted: ${command}`);
  },
};

const complaint = (formula) => {
  try {
    katex.renderToString(formula, { ...options, macros: {} }); // or a \gdef would reach the next formula
    return null;
  } catch (error) {
    return error.message;
  }
};

process.stdout.write(JSON.stringify(formulas.map(complaint)));
