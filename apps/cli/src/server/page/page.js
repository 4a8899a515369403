// The page of `fashionmatch serve`. Texts from the store only ever become text, never markup.

const element = (id) => document.getElementById(id);

/** The token comes in the address, after the #, which browsers don't send; it goes no further than this tab. */
const given = /^#token=([\x21-\x7e]+)$/.exec(location.hash)?.[1];
if (given !== undefined) {
  sessionStorage.setItem('token', given);
  history.replaceState(null, '', '/');
}

/** Control and format characters would change how the text around them is shown. */
const printable = (text) => text.toWellFormed?.().replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}') ?? '';

async function ask(path, options = {}) {
  const token = sessionStorage.getItem('token');
  const headers = { ...options.headers, ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(path, { ...options, headers });
  if (response.ok) return response;
  if (response.status === 401) locked(token !== null);
  const answer = await response.json().catch(() => undefined);
  throw new Error(answer?.error?.message ?? `The server answered ${response.status}.`);
}

function locked(wasWrong) {
  element('content').hidden = true;
  element('unlock').hidden = false;
  element('status').textContent = wasWrong ? 'This token is not the right one.' : 'A token is needed.';
}

/** What is looked for: `{ photo }`, `{ id, title }`, `{ text }`, or nothing yet. */
let query;
let searching = new AbortController();

const quoted = (text) => `"${text.replace(/["\\]/g, '\\$&')}"`;

function parameters() {
  const value = (id) => element(id).value.trim();
  const tests = [
    value('lowest') && `price >= ${value('lowest')}`,
    value('highest') && `price <= ${value('highest')}`,
    value('brand') && `brand = ${quoted(value('brand'))}`,
    value('category') && `category = ${quoted(value('category'))}`,
  ].filter(Boolean);
  const clip = Number(element('weight').value);
  const all = new URLSearchParams({ clip, dino: 100 - clip });
  if (tests.length > 0) all.set('where', tests.join(' and '));
  if (query.id !== undefined) all.set('id', query.id);
  if (query.text !== undefined) all.set('text', query.text);
  return all;
}

async function search() {
  if (query === undefined) return;
  searching.abort();
  searching = new AbortController();
  const { signal } = searching;
  const options =
    query.photo === undefined
      ? { signal }
      : { signal, method: 'POST', body: query.photo, headers: { 'content-type': 'application/octet-stream' } };
  element('hits').setAttribute('aria-busy', 'true');
  element('message').textContent = 'Searching …';
  try {
    const { hits, hints } = await (await ask(`/api/search?${parameters()}`, options)).json();
    element('found').textContent = printable(
      query.text === undefined ? `Look-alikes of ${query.photo?.name ?? query.title}` : `“${query.text}”`,
    );
    show(hits);
    element('message').textContent = printable(
      hits.length === 0
        ? ['No items found.', ...hints.map(hintText)].join(' ')
        : `${hits.length} items, the best first.`,
    );
  } catch (error) {
    if (signal.aborted) return;
    element('message').textContent = printable(error.message);
  }
  element('hits').removeAttribute('aria-busy');
}

const hintText = ({ field, operator, asked, nearest, items }) =>
  `No item has ${field} ${operator} ${asked}; nearest stored: ${nearest} (${items}).`;

let pictures = [];

function show(items) {
  for (const address of pictures) URL.revokeObjectURL(address);
  pictures = [];
  element('hits').replaceChildren(...items.map(card));
  suggest('brands', 'brand', items);
  suggest('categories', 'category', items);
}

function card(item) {
  const li = element('hit').content.firstElementChild.cloneNode(true);
  const part = (selector) => li.querySelector(selector);
  const title = printable(item.title || item.item_id);
  part('.look').textContent = title;
  part('code').textContent = printable(item.item_id);
  const copies = item.copies > 0 ? `+${item.copies} ${item.copies === 1 ? 'copy' : 'copies'}` : '';
  const price = item.price > 0 ? `${item.price.toFixed(2)} ${item.currency}` : '';
  part('.price').textContent = printable([price, item.brand, copies].filter(Boolean).join(' · '));
  if (item.url) {
    const link = Object.assign(document.createElement('a'), { href: item.url, rel: 'noreferrer noopener nofollow' });
    link.textContent = link.host;
    part('.link').append(link);
  }
  const scores = [
    ['Score', 'fused', item.similarity_score],
    ['CLIP', 'clip', item.clip_score],
    ['DINOv2', 'dino', item.dino_score],
  ].filter(([, , score]) => typeof score === 'number');
  part('dl').append(...scores.map(scoreBar));
  part('.look').addEventListener('click', () => {
    choose({ id: item.item_id, title: item.title || item.item_id });
    element('found').focus();
  });
  void picture(item.item_id, part('img'), part('.no-picture'));
  return li;
}

function scoreBar([name, kind, score]) {
  const both = element('score').content.cloneNode(true);
  both.querySelector('dt').textContent = name;
  both.querySelector('span').textContent = score.toFixed(3);
  const rect = both.querySelector('rect');
  rect.setAttribute('class', kind);
  rect.setAttribute('width', `${Math.max(0, score) * 100}%`);
  return both;
}

/** Fetched rather than linked: an <img> cannot bring the token along. */
async function picture(id, image, placeholder) {
  try {
    const drawn = await (await ask(`/api/items/${encodeURIComponent(id)}/thumbnail`)).blob();
    if (!image.isConnected) return;
    image.src = URL.createObjectURL(drawn);
    pictures.push(image.src);
    image.hidden = false;
    placeholder.hidden = true;
  } catch (error) {
    placeholder.textContent = printable(`No picture: ${error.message}`);
  }
}

function suggest(list, field, items) {
  const known = [...element(list).options].map((option) => option.value);
  const values = [...new Set([...known, ...items.map((item) => item[field])])].filter(Boolean).slice(0, 100);
  element(list).replaceChildren(...values.map((value) => Object.assign(document.createElement('option'), { value })));
}

let preview;

function choose(next) {
  query = next;
  if (preview !== undefined) URL.revokeObjectURL(preview);
  preview = next.photo === undefined ? undefined : URL.createObjectURL(next.photo);
  element('preview').hidden = preview === undefined;
  if (preview === undefined) element('preview').removeAttribute('src');
  else element('preview').src = preview;
  if (next.text === undefined) element('text').value = '';
  if (next.photo === undefined) element('photo').value = '';
  element('weight').disabled = next.text !== undefined;
  void search();
}

function showWeights() {
  const clip = element('weight').value;
  element('weights').textContent = `CLIP ${clip} %, DINOv2 ${100 - clip} %`;
}

async function open() {
  try {
    const status = await (await ask('/api/status')).json();
    const { items } = await (await ask('/api/items')).json();
    element('unlock').hidden = true;
    element('content').hidden = false;
    element('status').textContent = `${status.items} items`;
    element('weight').value = String(Math.round(status.weights.clip * 100));
    element('words').hidden = !status.reads_text;
    showWeights();
    show(items);
  } catch (error) {
    if (element('unlock').hidden) element('status').textContent = printable(error.message);
  }
}

element('unlock').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('token', element('token').value.trim());
  void open();
});

element('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  const text = element('text').value.trim();
  if (text === '') void search();
  else choose({ text });
});

element('photo').addEventListener('change', () => {
  const [photo] = element('photo').files;
  if (photo) choose({ photo });
});

element('weight').addEventListener('input', showWeights);
for (const id of ['weight', 'lowest', 'highest', 'brand', 'category']) {
  element(id).addEventListener('change', () => void search());
}

for (const type of ['dragover', 'dragleave', 'drop']) {
  element('drop').addEventListener(type, (event) => {
    event.preventDefault();
    element('drop').classList.toggle('over', type === 'dragover');
    const photo = type === 'drop' ? event.dataTransfer?.files[0] : undefined;
    if (photo) choose({ photo });
  });
}

void open();
