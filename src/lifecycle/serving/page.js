const known = JSON.parse(document.getElementById('known').textContent), at = id => document.getElementById(id);
const read = (kind, text) => text === '' ? null : kind === 'text' ? text : kind === 'boolean' ? text === 'true' : Number(text);
const short = value => typeof value === 'number' ? String(Number(value.toPrecision(4))) : String(value);
function headline(answer) {
  if ('probability' in answer) return (100 * answer.probability).toFixed(1) + ' %' + (answer.flag ? ' · flagged' : '');
  if ('label' in answer) return answer.label;
  if ('cluster' in answer) return 'cluster ' + answer.cluster;
  return short(answer.predicted) + ('low' in answer ? ` (${short(answer.low)} to ${short(answer.high)})` : '');
}
function bars(why) {
  const largest = Math.max(...why.reasons.map(one => Math.abs(one.effect)), 1e-12);
  at('reasons').replaceChildren(...why.reasons.filter(one => one.effect !== 0).map(one => {
    const line = document.createElement('div'), bar = document.createElement('div');
    const name = document.createElement('span'), size = document.createElement('span');
    line.className = 'reason'; bar.className = one.effect < 0 ? 'bar down' : 'bar';
    name.textContent = one.field + ' = ' + (one.value === null ? 'missing' : short(one.value));
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
  const response = await fetch('predict?reasons=8', {method: 'POST', headers, body: JSON.stringify(row)});
  const said = await response.json();
  at('reasons').replaceChildren();
  if (!response.ok) {
    at('answer').textContent = 'not answered';
    at('answer').scrollIntoView({block: 'nearest'});
    at('detail').textContent = [said.error, ...(said.detail || []).map(one => `${one.field}: got ${one.got}, wanted ${one.wanted}`)].join(' · ');
    for (const one of said.detail || []) form.elements[one.field]?.classList.add('wrong');
    return;
  }
  at('answer').textContent = headline(said.answer);
  at('answer').scrollIntoView({block: 'nearest'});
  at('detail').textContent = (known.threshold === null ? '' : `flagged from ${short(100 * known.threshold)} % on · `) + said.why.said + '; blue raises the answer, orange lowers it';
  bars(said.why);
});
