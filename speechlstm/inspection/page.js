const shown = JSON.parse(document.getElementById('shown').text);
const panels = document.querySelector('.panels'), cursor = document.getElementById('cursor');
const sound = document.querySelector('audio'), now = document.getElementById('now');
const outputs = shown.panels.map((_, i) => document.getElementById('value-' + i));

function value(panel, share, row) {
  if (!panel.names.length) return '';
  const step = i => Math.min(panel.values[i].length - 1, Math.floor(share * panel.values[i].length));
  const text = i => panel.names[i] + ' ' + panel.values[i][step(i)].toFixed(panel.digits);
  if (panel.kind === 'lines') return panel.names.map((_, i) => text(i)).join('   ');
  if (row !== null) return text(row);
  const column = panel.values.map((_, i) => panel.values[i][step(i)]);
  return text(column.indexOf(Math.max(...column)));
}

function show(share, pointed = null, row = null) {
  share = Math.min(Math.max(share, 0), 1);
  const left = (shown.left + shown.width * share) / shown.total;
  cursor.style.left = 100 * left + '%';
  now.textContent = (shown.start_s + share * shown.duration_s).toFixed(2) + ' s';
  shown.panels.forEach((panel, i) => { outputs[i].textContent = value(panel, Math.min(share, 0.999999), i === pointed ? row : null); });
}

function share(event) {
  const box = panels.getBoundingClientRect();
  return ((event.clientX - box.left) / box.width * shown.total - shown.left) / shown.width;
}

panels.addEventListener('pointermove', event => {
  const drawing = event.target.closest('svg'), panel = event.target.closest('[data-panel]');
  let pointed = null, row = null;
  if (drawing && panel) {
    pointed = Number(panel.dataset.panel);
    const box = drawing.getBoundingClientRect(), n = shown.panels[pointed].names.length;
    row = Math.min(n - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * n)));
  }
  if (!sound || sound.paused) show(share(event), pointed, row);
});
panels.addEventListener('click', event => {
  if (sound) sound.currentTime = Math.min(Math.max(share(event), 0), 1) * shown.duration_s;
  show(share(event));
});
function follow() {
  if (sound.paused) return;
  show(sound.currentTime / shown.duration_s);
  requestAnimationFrame(follow);
}
if (sound) {
  sound.addEventListener('play', follow);
  sound.addEventListener('seeked', () => show(sound.currentTime / shown.duration_s));
}
show(0);

const body = document.querySelector('#units tbody'), heads = [...document.querySelectorAll('#units th')];
const key = (row, i) => row.cells[i].dataset.key === undefined ? row.cells[i].textContent : Number(row.cells[i].dataset.key);
function sort(i, falling) {
  heads.forEach(one => one.removeAttribute('aria-sort'));
  heads[i].setAttribute('aria-sort', falling ? 'descending' : 'ascending');
  const rows = [...body.rows].sort((a, b) => {
    const [x, y] = [key(a, i), key(b, i)];
    return (x < y ? -1 : x > y ? 1 : 0) * (falling ? -1 : 1);
  });
  body.append(...rows);
}
heads.forEach((head, i) => head.addEventListener('click', () => sort(i, head.getAttribute('aria-sort') !== 'descending')));

const word = document.getElementById('word');
if (word) word.addEventListener('change', () => {
  for (const row of body.rows) {
    const bits = shown.bits[row.dataset.unit];
    const i = word.value === '' ? bits.indexOf(Math.max(...bits)) : Number(word.value);
    const [name, number] = [row.cells[shown.answers], row.cells[shown.answers + 1]];
    name.textContent = bits[i] > 0 ? shown.words[i] : '';
    number.textContent = bits[i].toFixed(3);
    number.dataset.key = bits[i];
  }
  sort(shown.answers + 1, true);
});
