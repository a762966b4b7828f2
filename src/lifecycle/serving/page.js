const known = JSON.parse(document.getElementById('known').textContent), at = id => document.getElementById(id);
const read = (kind, text) => text === '' ? null : kind === 'text' ? text : kind === 'boolean' ? text === 'true' : Number(text);
const short = value => typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
function headline(prediction) {
  if ('probability' in prediction) return (100 * prediction.probability).toFixed(1) + ' %' + (prediction.predicted ? ' · predicted positive' : '');
  if ('cluster' in prediction) return 'cluster ' + prediction.cluster;
  return short(prediction.predicted) + ('low' in prediction ? ` (${short(prediction.low)} to ${short(prediction.high)})` : '');
}
function bars(explanation) {
  const largest = Math.max(...explanation.effects.map(one => Math.abs(one.effect)), 1e-12);
  at('effects').replaceChildren(...explanation.effects.filter(one => one.effect !== 0).map(one => {
    const line = document.createElement('div'), bar = document.createElement('div');
    const name = document.createElement('span'), size = document.createElement('span');
    line.className = 'effect'; bar.className = one.effect < 0 ? 'bar down' : 'bar';
    name.textContent = one.text || one.field + ' = ' + (one.value === null ? 'missing' : short(one.value));
    size.textContent = (one.effect > 0 ? '+' : '') + short(one.effect); bar.style.width = 100 * Math.abs(one.effect) / largest + '%';
    line.append(name, size, bar); return line;
  }));
}
at('row').addEventListener('submit', async event => {
  event.preventDefault();
  const form = at('row'), row = {};
  for (const [name, kind] of Object.entries(known.fields)) {
    form.elements[name].classList.remove('wrong'); row[name] = read(kind, form.elements[name].value);
  }
  const headers = {'Content-Type': 'application/json'};
  if (at('key').value) headers['Authorization'] = 'Bearer ' + at('key').value;
  const response = await fetch('predict?explain=8', {method: 'POST', headers, body: JSON.stringify(row)});
  const reply = await response.json();
  at('effects').replaceChildren();
  if (!response.ok) {
    at('prediction').textContent = 'rejected';
    at('prediction').scrollIntoView({block: 'nearest'});
    at('detail').textContent = [reply.error, ...(reply.detail || []).map(one => `${one.field}: got ${one.got}, wanted ${one.wanted}`)].join(' · ');
    for (const one of reply.detail || []) form.elements[one.field]?.classList.add('wrong');
    return;
  }
  at('prediction').textContent = headline(reply.prediction);
  at('prediction').scrollIntoView({block: 'nearest'});
  at('detail').textContent = (known.threshold === null ? '' : `predicted positive at probability ≥ ${short(100 * known.threshold)} % · `) + reply.explanation.description + '; blue raises the prediction, orange lowers it';
  bars(reply.explanation);
});
