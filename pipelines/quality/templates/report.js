(() => {
  const { shown: figures, waterfalls } = JSON.parse(document.getElementById("figures").textContent);
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue("--" + name).trim();

  // A value "var:asr" stands for the page's own colour of that name, light or dark.
  const filled = (value) => {
    if (typeof value === "string" && value.startsWith("var:")) return colour(value.slice(4));
    if (Array.isArray(value)) return value.map(filled);
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, filled(inner)]));
    return value;
  };

  const axis = (own) => ({
    gridcolor: colour("rule"), zerolinecolor: colour("rule"), linecolor: colour("rule"), automargin: true,
    fixedrange: true, ...own, title: { standoff: 12, font: { size: 12.5 }, ...own?.title },
  });

  const dressed = (layout) => ({
    ...layout,
    font: { family: colour("sans"), size: 12.5, color: colour("soft") },
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 8, r: layout.margin_right ?? 16, t: 8, b: 8 },
    showlegend: false,
    hoverlabel: { bgcolor: colour("raised"), bordercolor: colour("rule"), font: { color: colour("ink") } },
    xaxis: axis(layout.xaxis), yaxis: axis(layout.yaxis),
  });

  const draw = () => {
    for (const [name, figure] of Object.entries(figures)) {
      const { data, layout } = filled(figure);
      Plotly.react(name, data, dressed(layout), { displayModeBar: false, responsive: true });
    }
  };

  const choice = document.getElementById("of");
  choice?.addEventListener("change", () => {
    figures.waterfall = waterfalls[choice.value];
    draw();
  });

  // With a view box, paper of any width can scale what was laid out for the screen.
  const printing = (on) => {
    root.classList.toggle("printing", on);
    draw();
    for (const svg of document.querySelectorAll(".main-svg")) {
      if (on) svg.setAttribute("viewBox", `0 0 ${svg.getAttribute("width")} ${svg.getAttribute("height")}`);
      else svg.removeAttribute("viewBox");
    }
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("beforeprint", () => printing(true));
  addEventListener("afterprint", () => printing(false));
  draw();
})();
