// Draws loss and validation score by epoch as lines; the numbers stand beside their ends.
'use strict';
window.drawCurve = (svg, curve) => {
  const make = (name, attributes, text) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  };
  const [width, height, edge] = [600, 200, 22];
  const x = (i) => edge + (i * (width - 140 - edge)) / Math.max(1, curve.length - 1);
  svg.replaceChildren();
  const line = (values, most, name, digits) => {
    const points = values.flatMap((value, i) => (Number.isFinite(value) ? [`${x(i).toFixed(1)},${(height - edge - (value * (height - 2 * edge)) / most).toFixed(1)}`] : []));
    if (!points.length) return;
    const last = values.findLast(Number.isFinite);
    svg.append(make('polyline', { points: points.join(' '), class: name }));
    svg.append(make('text', { x: Number(points.at(-1).split(',')[0]) + 6, y: Number(points.at(-1).split(',')[1]) + 4, class: name }, `${name} ${last.toPrecision(digits)}`));
  };
  svg.append(make('line', { x1: edge, y1: height - edge, x2: width - 140, y2: height - edge }));
  const losses = curve.map(([, loss]) => loss);
  line(losses, Math.max(...losses.filter(Number.isFinite), 1e-9), 'loss', 4);
  line(curve.map(([, , score]) => score ?? NaN), 1, 'validation', 4);
  svg.append(make('text', { x: edge, y: height - 5 }, `${curve.at(-1)?.[0] ?? 0} epochs`));
};
{
  const svg = document.getElementById('curve');
  if (svg?.dataset.curve) window.drawCurve(svg, JSON.parse(svg.dataset.curve));
}
