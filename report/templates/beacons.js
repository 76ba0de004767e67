'use strict';
if (data) {
  const x = ({ start, step, counts }) => counts.map((_, i) => start + (i + 0.5) * step);
  const bars = (id, of, title) => Plotly.newPlot(id, [
    { type: 'bar', x: x(of), y: of.counts, width: of.step, marker: { color: colours[0] }, hoverinfo: 'x+y' },
  ], layout({ xaxis: axis(title), yaxis: axis('events'), bargap: 0 }), options);
  bars('gaps', data.gaps, 'seconds between events');
  bars('phases', data.phases, `share of the period of ${data.period.toPrecision(5)} s`);
  const times = data.ts.map((ts) => new Date(ts).toISOString());
  const series = (name, y, colour) => ({
    type: 'scatter', mode: 'markers', name, x: times, y: y.map((bytes) => bytes + 1), marker: { color: colour, size: 5, opacity: 0.6 },
    hoverinfo: 'x+y+name',
  });
  Plotly.newPlot('timeline', [series('sent', data.orig_bytes, colours[0]), series('received', data.resp_bytes, mark)], layout({
    xaxis: axis('time, UTC'), yaxis: Object.assign(axis('bytes + 1'), { type: 'log' }),
  }), options);
}
