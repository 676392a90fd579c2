/** One diagram: curves by their labels, each a list of points. */
export interface Panel {
  readonly title: string;
  readonly curves: Readonly<Record<string, readonly (readonly [number, number])[]>>;
}

/** An SVG with diagrams side by side. Both axes start at zero. It is readable on light and on dark pages. */
export function plot(title: string, panels: readonly Panel[]): string {
  const width = panels.length * WIDTH;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT + 40}" width="${width}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="20" y="22" font-size="13">${escaped(title)}</text>`,
    ...panels.map((panel, at) => `<g transform="translate(${at * WIDTH} 40)">\n${draw(panel)}\n</g>`),
    "</svg>",
    "",
  ].join("\n");
}

// --- internal ---

const [WIDTH, HEIGHT] = [330, 260];
const [LEFT, RIGHT, TOP, BOTTOM] = [45, 15, 10, 45];
const COLOURS = ["#0b62a4", "#c2571a", "#3a7d34"];

function draw({ title, curves }: Panel): string {
  const points = Object.values(curves).flat();
  const [mostX, mostY] = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis] ?? 0))) as [
    number,
    number,
  ];
  const top = roundUp(mostY);
  const x = (value: number) => LEFT + (value / mostX) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => part * top);
  const first = Object.values(curves)[0] ?? [];
  return [
    ...ticks.map(
      (value) =>
        `<path d="M${LEFT} ${y(value)}H${WIDTH - RIGHT}" stroke="#ddd"/><text x="${LEFT - 6}" y="${y(value) + 4}" text-anchor="end">${Number(value.toFixed(2))}</text>`,
    ),
    ...first.map(
      ([value]) => `<text x="${x(value)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${value}</text>`,
    ),
    `<text x="${(WIDTH + LEFT) / 2}" y="${HEIGHT - 10}" text-anchor="middle">${escaped(title)}</text>`,
    ...Object.entries(curves).map(([name, curve], at) => {
      const line = curve.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ");
      const dots = curve
        .map(([a, b]) => `<circle cx="${x(a).toFixed(1)}" cy="${y(b).toFixed(1)}" r="3"/>`)
        .join("");
      const colour = COLOURS[at % COLOURS.length];
      const label = `<text x="${LEFT + 8}" y="${TOP + 14 + at * 16}" fill="${colour}">${escaped(name)}</text>`;
      return `<g fill="${colour}"><polyline points="${line}" fill="none" stroke="${colour}" stroke-width="2"/>${dots}</g>${label}`;
    }),
  ].join("\n");
}

/** Rounds up to 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 5, 10].find((digit) => digit * power >= value) ?? 10) * power;
}

const escaped = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
