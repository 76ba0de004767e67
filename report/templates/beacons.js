'use strict';
// Draws the gaps, the phases and the events of a pair.
const drawPair = (pair) => {
  const x = ({ start, step, counts }) => counts.map((_, i) => start + (i + 0.5) * step);
  const bars = (id, of, title) => Plotly.newPlot(id, [
    { type: 'bar', x: x(of), y: of.counts, width: of.step, marker: { color: colours[0] }, hoverinfo: 'x+y' },
  ], layout({ xaxis: axis(title), yaxis: axis('events'), bargap: 0 }), options);
  bars('gaps', pair.gaps, 'seconds between events');
  bars('phases', pair.phases, `share of the period of ${pair.period.toPrecision(5)} s`);
  const times = pair.ts.map((ts) => new Date(ts).toISOString());
  const series = (name, y, colour) => ({
    type: 'scatter', mode: 'markers', name, x: times, y: y.map((bytes) => bytes + 1), marker: { color: colour, size: 5, opacity: 0.6 },
    hoverinfo: 'x+y+name',
  });
  Plotly.newPlot('timeline', [series('sent', pair.orig_bytes, colours[0]), series('received', pair.resp_bytes, mark)], layout({
    xaxis: axis('time, UTC'), yaxis: Object.assign(axis('bytes + 1'), { type: 'log' }),
  }), options);
};
if (data && !data.pairs) drawPair(data);
