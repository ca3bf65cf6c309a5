'use strict';
/* Phones: person chooser, frame, text messages, WeChat messages; and what the hospital part shares. */
const query = new URLSearchParams(location.search);
let lang = query.get('lang') === 'en' || (!query.get('lang') && !navigator.language.startsWith('zh')) ? 'en' : 'zh';
const $ = (id) => document.getElementById(id);
const t = (key, ...values) => values.reduce((text, value, i) => text.replace(`{${i}}`, value), WORDS[lang][key] ?? key);
const said = (item, field) => (lang === 'en' && item[`${field}_en`]) || item[field];
const FACES = ['#B4536B', '#52607A', '#0B5FBF', '#7A4FB5', '#0F7A4D', '#B45309', '#1F6F78', '#8A4B2A'];
const onlyHospital = location.pathname === '/hospital';
const APPS = [['w', 'appW'], ['l', 'appL'], ['m', 'appM']];
/** What the phone has open: WeChat, Alipay's Life Account, Alipay's mini program. */
let app = APPS.some(([key]) => key === query.get('app')) ? query.get('app') : 'w';
const person = (location.hostname.match(/^(p[1-8])\.localhost$/) || [])[1] || 'p1';
let phones = [], productUrl = '', sandboxClock = { offset: 0 };

function el(tag, props = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  for (const [key, value] of Object.entries(props)) if (key.includes('-') || key === 'role') node.setAttribute(key, value);
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== ''));
  return node;
}

async function call(method, path, body) {
  const answer = await fetch(path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(data.message || data.error || `HTTP ${answer.status}`);
  return data;
}

function toast(text) {
  $('toast').textContent = text;
  $('toast').classList.add('show');
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => $('toast').classList.remove('show'), 3200);
}

/** Run an act, show what came of it, and look again at everything. */
async function act(work, message) {
  try {
    const result = await work();
    const text = typeof message === 'function' ? message(result) : message;
    if (text) toast(text);
  } catch (wrong) {
    toast(t('failed', wrong.message));
  }
  await refresh(true);
}

const button = (text, onclick, kind = '') => el('button', { type: 'button', className: `btn ${kind}`, textContent: text, onclick });
const clockOf = (iso) => iso.slice(11, 19);

/** Replace a list's content only when it would look different, so that scrolling and focus survive. */
function fill(node, key, build) {
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  node.replaceChildren(...build());
}

const here = (host) => ['localhost', '127.0.0.1'].includes(host) || host.endsWith('.localhost');

/** The mini program lives on the sandbox's side of this phone; its requests are passed on to the product. */
function miniUrl() {
  const asked = new URLSearchParams({ sandbox: location.origin, server: `${location.origin}/mini/product`, person });
  return `${location.origin}/mini/index.html?${asked}`;
}

/** The phone's own origin; from another machine the product under the name this page was reached by. */
function phoneUrl(path = app === 'l' ? '/l/' : '/w/') {
  if (app === 'm') return miniUrl();
  const product = new URL(productUrl);
  if (!here(product.hostname)) return productUrl + path;
  product.hostname = here(location.hostname) ? `${person}.localhost` : location.hostname;
  return product.origin + path;
}

/** Somebody else's phone, or another app on this one. */
async function switchApp(key) {
  app = key;
  query.set('app', key);
  history.replaceState(null, '', `?${query}`);
  drawPeople();
  drawApps();
  await Promise.all([openPhone(), refreshPhone()]);
}

function drawApps() {
  $('apps').setAttribute('aria-label', t('apps'));
  $('apps').replaceChildren(...APPS.map(([key, word]) => {
    const one = button(t(word), () => switchApp(key), app === key ? 'small on' : 'small quiet');
    one.setAttribute('aria-pressed', String(app === key));
    return one;
  }));
  $('pay-code').href = `/codes?${new URLSearchParams({ person, lang })}`;
}

function phoneIsOff(title, text) {
  $('screen-off').querySelector('b').textContent = t(title);
  $('screen-off').querySelector('p').textContent = t(text);
  $('screen-off').hidden = false;
}

async function openPhone(url = phoneUrl()) {
  if (onlyHospital) return;
  $('open').href = url;
  $('off-retry').hidden = false;
  if (app === 'm' && url === miniUrl() && !(await quiet(call('GET', '/_control/alipay/mini'), {})).built) {
    phoneIsOff('noMiniTitle', 'noMiniText');
    return;
  }
  if (!here(location.hostname)) {
    phoneIsOff('awayTitle', 'awayText');
    $('off-retry').hidden = true;
    return;
  }
  try {
    await fetch(url, { mode: 'no-cors', cache: 'no-store' });
    $('screen-off').hidden = true;
    $('screen').src = url;
  } catch {
    phoneIsOff('offTitle', 'offText');
  }
}

/** What fits under a face: the Chinese name, or the given name in English. */
function shortName(p) {
  const words = p.name_en.split(' ');
  if (lang !== 'en') return p.name.split(' ')[0];
  return p.name === p.name_en ? words[0] : words.slice(1).join(' ');
}

function drawPeople() {
  $('people').replaceChildren(...phones.map((p, i) => {
    const target = new URL(location.href);
    target.hostname = `${p.key}.localhost`;
    target.searchParams.set('lang', lang);
    target.searchParams.set('app', app);
    const face = el('span', { className: 'face', textContent: [...p.name][0], 'aria-hidden': 'true' });
    face.style.background = FACES[i];
    const link = el('a', { href: target.href, title: p.name }, face, el('span', { textContent: shortName(p) }));
    if (p.key === person) link.setAttribute('aria-current', 'true');
    return link;
  }));
  const holder = phones.find((p) => p.key === person);
  $('story').replaceChildren(el('b', { textContent: holder.nickname }), ` · ${holder.mobile}`, el('br'), said(holder, 'story'));
}

function drawWords() {
  document.documentElement.lang = lang === 'en' ? 'en' : 'zh-CN';
  document.title = t('title');
  document.querySelectorAll('[data-t]').forEach((node) => { node.textContent = t(node.dataset.t); });
  $('lang').textContent = t('other');
  $('clinic-q').placeholder = t('clinicQ');
  $('patient-q').placeholder = t('patientQ');
  $('wx-back').setAttribute('aria-label', t('back'));
  $('wx-reload').setAttribute('aria-label', t('reload'));
  document.querySelectorAll('[data-key]').forEach((node) => { delete node.dataset.key; });
}

async function copy(text) {
  await navigator.clipboard?.writeText(text).catch(() => undefined);
  toast(t('copied', text));
}

function drawSms(messages) {
  const holder = phones.find((p) => p.key === person);
  const mine = messages.filter((m) => String(m.phone).replace(/^\+86/, '') === holder.mobile).reverse().slice(0, 12);
  fill($('sms'), `${lang}${mine.map((m) => m.at + m.text).join()}`, () => mine.length ? mine.map((m) => {
    const body = el('p');
    for (const piece of String(m.text ?? '').split(/(\b\d{4,6}\b)/)) {
      body.append(/^\d{4,6}$/.test(piece) ? el('button', { type: 'button', className: 'digits', textContent: piece, onclick: () => copy(piece) }) : piece);
    }
    return el('div', { className: 'msg' }, el('div', { className: 'meta' }, el('span', { textContent: m.phone }), el('span', { textContent: clockOf(m.at) })), body);
  }) : [el('p', { className: 'empty', textContent: t('noSms') })]);
  $('tab-sms').textContent = t('sms') + (mine.length ? ` ${mine.length}` : '');
}

/** Where a message leads: a mini program's names a page of it. */
function messageUrl(message) {
  return message.kind === 'mini' ? `${miniUrl()}&${new URLSearchParams({ page: message.url })}` : message.url;
}

function drawMessages(messages) {
  const mine = messages.slice(0, 12);
  fill($('messages'), `${lang}${app}${mine.map((m) => m.msgid).join()}`, () => mine.length ? mine.map((m) => el('div', { className: 'msg' },
    el('div', { className: 'meta' }, el('b', { textContent: m.title || m.kind }), el('span', { textContent: String(m.at).slice(11, 19) })),
    el('dl', {}, ...m.lines.flatMap((line) => [el('dt', { textContent: line.label }), el('dd', { textContent: line.value })])),
    m.url ? button(lang === 'en' ? 'Open' : '打开', () => openPhone(messageUrl(m)), 'small') : null)) : [el('p', { className: 'empty', textContent: t(app === 'w' ? 'noMessages' : 'noMessagesAli') })]);
  $('tab-wx').textContent = t(app === 'w' ? 'messages' : 'messagesAli') + (mine.length ? ` ${mine.length}` : '');
}

const quiet = (promise, otherwise) => promise.catch(() => otherwise);

async function refreshPhone() {
  if (onlyHospital) return;
  const inbox = app === 'w' ? '/_control/wechat_oa/messages' : '/_control/alipay/messages';
  const [sms, messages] = await Promise.all([
    quiet(call('GET', '/_control/sms'), { messages: [] }), quiet(call('GET', `${inbox}?person=${person}`), { messages: [] })]);
  drawSms(Array.isArray(sms) ? sms : sms.messages);
  drawMessages(messages.messages);
}

async function refresh(now = false) {
  if (document.hidden && !now) return;
  await Promise.all([refreshPhone(), refreshHospital(now)]);
}

function wire() {
  const icon = (path) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${path}"/></svg>`;
  $('wx-back').innerHTML = icon('M15 5l-7 7 7 7');
  $('wx-reload').innerHTML = icon('M19.5 12a7.5 7.5 0 1 1-2.4-5.5M19.5 3.5v4.2h-4.2');
  $('wx-back').onclick = $('wx-reload').onclick = $('off-retry').onclick = () => openPhone();
  const select = (name) => {
    for (const [tab, panel] of [['tab-sms', 'sms'], ['tab-wx', 'messages']]) {
      $(tab).setAttribute('aria-selected', String(panel === name));
      $(panel).hidden = panel !== name;
    }
  };
  $('tab-sms').onclick = () => select('sms');
  $('tab-wx').onclick = () => select('messages');
  $('lang').onclick = () => {
    lang = lang === 'en' ? 'zh' : 'en';
    query.set('lang', lang);
    history.replaceState(null, '', `?${query}`);
    drawWords();
    drawPeople();
    drawApps();
    drawHospital();
    refresh(true);
  };
}

/** Cookies of phone N belong to pN.localhost: the page must be of that site too, or the frame would not be signed in. */
async function moveToPhoneOrigin() {
  if (onlyHospital || !['localhost', '127.0.0.1'].includes(location.hostname)) return false;
  const target = new URL(location.href);
  target.hostname = 'p1.localhost';
  try {
    await fetch(new URL('/_control/phones', target), { mode: 'no-cors' });
  } catch {
    $('warning').textContent = t('noLocalhost');
    $('warning').hidden = false;
    return false;
  }
  location.replace(target.href);
  return true;
}

async function start() {
  document.body.classList.toggle('only-hospital', onlyHospital);
  if (await moveToPhoneOrigin()) return;
  const known = await call('GET', '/_control/phones');
  phones = known.phones;
  productUrl = known.product_url;
  wire();
  drawWords();
  drawPeople();
  drawApps();
  drawHospital();
  wireHospital();
  openPhone();
  await refresh(true);
  setInterval(refresh, 2000);
  setInterval(drawClock, 250);
}

addEventListener('DOMContentLoaded', start);
