'use strict';
/* The hospital: clock, outages, clinics, bookings, counter codes, MDT, calls. */
const SYSTEMS = [['his', 'sHis'], ['wechat_pay', 'sPay'], ['wechat_api', 'sApi'], ['alipay', 'sAli'], ['insurance', 'sIns'], ['unionpay', 'sUni'], ['sms', 'sSms']];
const OPERATIONS = [['', 'allCalls'], ['registrations.lock', 'oLock'], ['registrations.confirm', 'oConfirm'], ['registrations.cancel', 'oCancel'], ['registrations.find', 'oFind'], ['fees.confirm', 'oFees'], ['/fees.refund$', 'oRefund'], ['/inpatient.deposit$', 'oDeposit']];
const TIMES = [['1', 'once'], ['3', 'thrice'], ['', 'until']];
const KINDS = [['fDown', 'cut_before'], ['fCut', 'cut_after'], ['fLate', 'late_answer', 8], ['fSlow', 'latency', 5], ['fBusy', 'status', 503], ['fGarbled', 'garbled'], ['fDrop', 'drop_notify'], ['fTwice', 'duplicate_notify'], ['fForge', 'forge_notify']];
const STATES = { locked: 'warn', confirmed: 'ok', done: 'info', no_show: 'err', stopped: 'err', submitted: 'warn', accepted: 'ok', more_wanted: 'warn', declined: 'err' };
const journal = { system: '', last: 0, entries: [], open: new Set() };
let clinicsShown = false, patientsShown = false;
/** Of a list only the newest question's answer is shown: an older one may come later. */
const asked = { clinics: 0, patients: 0 };

function choice(id, label, options) {
  const chosen = $(id)?.value;
  const node = el('select', { id }, ...options.map(([value, key]) => el('option', { value, textContent: t(key) })));
  node.setAttribute('aria-label', t(label));
  if (chosen !== undefined) node.value = chosen;
  return node;
}

/** A line of facts that only breaks between them. */
function facts(...items) {
  const shown = items.filter(Boolean).map((text, i) => [i ? ' · ' : '', el('span', { className: 'keep', textContent: text })]);
  return el('span', { className: 'sub' }, ...shown.flat());
}

function drawHospital() {
  const jump = (hour, minute, second) => () => {
    const now = new Date(Date.now() + sandboxClock.offset * 1000);
    const china = new Date(now.getTime() + 8 * 3600e3);
    const target = Date.UTC(china.getUTCFullYear(), china.getUTCMonth(), china.getUTCDate(), hour, minute, second) - 8 * 3600e3;
    const next = target > now.getTime() ? target : target + 86400e3;
    return moveClock({ add_seconds: (next - now.getTime()) / 1000 });
  };
  const plus = (seconds) => () => moveClock({ add_seconds: seconds });
  $('jumps').replaceChildren(
    button(t('jumpRelease'), jump(18, 49, 0)), button(t('jumpSeconds'), jump(18, 59, 50)), button(t('plus16'), plus(960)),
    button(t('plusHour'), plus(3600)), button(t('plusDay'), plus(86400)), button(t('realTime'), () => moveClock({ offset_seconds: 0 }), 'quiet'));
  $('scope').replaceChildren(choice('f-system', 'whichSystem', SYSTEMS), choice('f-operation', 'whichCall', OPERATIONS), choice('f-times', 'howOften', TIMES));
  $('f-system').onchange = () => { $('f-operation').disabled = $('f-system').value !== 'his'; };
  $('f-system').onchange();
  $('fault-buttons').replaceChildren(...KINDS.map(([key, kind, value]) => button(t(key), () => setFault(kind, value), 'small')));
  $('journal-systems').replaceChildren(...[['', 'allSystems'], ...SYSTEMS].map(([system, key]) =>
    button(t(key), () => { journal.system = system; journal.last = 0; journal.entries = []; drawHospital(); refresh(true); }, `small ${journal.system === system ? 'on' : 'quiet'}`)));
  drawJournal();
}

function wireHospital() {
  wireMoney();
  $('clinic-form').onsubmit = (event) => { event.preventDefault(); searchClinics(); };
  $('patient-form').onsubmit = (event) => { event.preventDefault(); searchPatients(); };
  $('reset').onclick = () => { if (confirm(t('resetAsk'))) act(startOver, t('resetDone')); };
}

async function startOver() {
  await call('POST', '/_control/reset');
  journal.entries = [];
  journal.open.clear();
  $('code').hidden = true;
  await call('PUT', '/_control/clock', { offset_seconds: 0 });
}

const moveClock = (move) => act(() => call('PUT', '/_control/clock', move), (r) => (r.product === 'moved' ? t('moved') : t('movedOnly', r.product)));

function setFault(kind, value) {
  const system = $('f-system').value, times = $('f-times').value;
  const match = system === 'his' && !kind.includes('notify') ? $('f-operation').value : '';
  act(() => call('PUT', '/_control/faults', { system, kind, match, value: value ?? null, times: times ? Number(times) : null }));
}

function drawClock() {
  const now = new Date(Date.now() + sandboxClock.offset * 1000);
  const zone = { timeZone: 'Asia/Shanghai' };
  const language = lang === 'en' ? 'en-GB' : 'zh-CN';
  const day = now.toLocaleDateString(language, { ...zone, month: 'long', day: 'numeric', weekday: 'long' });
  const time = now.toLocaleTimeString('en-GB', { ...zone, hour12: false });
  $('now').textContent = `${day} ${time}`;
  $('phone-time').textContent = time.slice(0, 5);
  const away = Math.abs(Math.round(sandboxClock.offset));
  const parts = [[Math.floor(away / 86400), 'days'], [Math.floor(away / 3600) % 24, 'hours'], [Math.floor(away / 60) % 60, 'minutes'], [away % 60, 'seconds']];
  const length = parts.filter(([n]) => n).slice(0, 2).map(([n, key]) => t(key, n)).join(' ');
  $('offset').textContent = away ? t('offset', t(sandboxClock.offset > 0 ? 'ahead' : 'behind'), length) : t('offsetNone');
}

function drawFaults(faults) {
  const label = (f) => {
    const kind = KINDS.find(([, k, v]) => k === f.kind && (v === undefined || v === f.value)) || KINDS.find(([, k]) => k === f.kind);
    return kind ? t(kind[0]) : f.kind;
  };
  fill($('fault-list'), lang + JSON.stringify(faults), () => faults.length ? [...faults.map((f) => el('li', {},
    el('div', { className: 'what' }, el('b', {}, label(f)),
      el('span', { className: 'sub', textContent: [t((SYSTEMS.find(([s]) => s === f.system) || [0, f.system])[1]), f.match || t('allCalls'), f.times ? t('left', f.times) : t('always'), f.hits ? t('hit', f.hits) : ''].filter(Boolean).join(' · ') })),
    button(t('lift'), () => act(() => call('DELETE', `/_control/faults?id=${f.id}`)), 'small'))),
  ...(faults.length > 1 ? [el('li', {}, button(t('liftAll'), () => act(() => call('DELETE', '/_control/faults')), 'small'))] : [])] : [el('li', { className: 'empty', textContent: t('noFaults') })]);
}

async function searchClinics() {
  clinicsShown = true;
  const mine = (asked.clinics += 1);
  const found = await call('GET', `/_control/hospital/clinics?q=${encodeURIComponent($('clinic-q').value)}&date=${$('clinic-date').value}`);
  if (mine !== asked.clinics) return;
  fill($('clinic-list'), lang + JSON.stringify(found), () => found.clinics.length ? found.clinics.map((c) => {
    const who = c.who === '普通门诊' ? t('ordinaryWho') : said(c, 'who');
    const kind = c.kind === 'mdt' ? t('mdtKind') : t(c.kind);
    return el('li', {},
      el('div', { className: 'what' }, el('b', {}, who, ' ', el('span', { className: 'tag', textContent: kind }), ' ', c.state === 'stopped' ? el('span', { className: 'tag err', textContent: t('stopped') }) : ''),
        facts(said(c, 'department'), `${c.date.slice(5)} ${t(c.session)} ${c.first}–${c.last}`, t('taken', c.taken, c.quota))),
      c.state === 'stopped'
        ? button(t('resume'), () => act(() => call('POST', '/_control/hospital/clinics/resume', { schedule_code: c.code }), t('resumedDone')), 'small')
        : button(t('stop'), () => act(() => call('POST', '/_control/hospital/clinics/stop', { schedule_code: c.code }), (r) => t('stoppedDone', r.bookings)), 'small danger'));
  }) : [el('li', { className: 'empty', textContent: t('noClinics') })]);
}

async function searchPatients() {
  patientsShown = true;
  const mine = (asked.patients += 1);
  const found = await call('GET', `/_control/hospital/patients?q=${encodeURIComponent($('patient-q').value)}`);
  if (mine !== asked.patients) return;
  fill($('patient-list'), lang + JSON.stringify(found), () => found.patients.length ? found.patients.map((p) => el('li', {},
    el('div', { className: 'what' }, el('b', { textContent: p.name }), facts(t('dob', p.birth_date), p.phone, p.document_number || t(p.document_type))),
    button(t('print'), () => act(async () => {
      const printed = await call('POST', '/_control/hospital/patients/counter_code', { patient_id: p.patient_id });
      $('code').replaceChildren(el('div', {}, el('div', { className: 'sub', textContent: t('codeFor', printed.name) }), el('strong', { textContent: printed.code })),
        el('span', { className: 'sub', textContent: t('validUntil', printed.expires_at.slice(11, 16)) }));
      $('code').hidden = false;
    }), 'small'))) : [el('li', { className: 'empty', textContent: t('noPatients') })]);
}

function drawBookings(bookings) {
  const end = (b, state) => () => act(() => call('POST', '/_control/hospital/bookings/end', { lock_request_no: b.lock_request_no, state }), t('told'));
  fill($('booking-list'), lang + JSON.stringify(bookings), () => bookings.length ? bookings.map((b) => el('li', {},
    el('div', { className: 'what' }, el('b', {}, `${b.patient} `, el('span', { className: `tag ${STATES[b.state] || ''}`, textContent: t(`st_${b.state}`) })),
      facts(said(b, 'department'), b.doctor === '普通门诊' ? t('ordinaryWho') : said(b, 'doctor'), `${b.date.slice(5)} ${b.start}`, `¥${(b.fee_fen / 100).toFixed(2)}`, b.registration_no)),
    b.state === 'confirmed' ? el('div', { className: 'acts' }, button(t('endVisit'), endConsultation({ lock_request_no: b.lock_request_no }), 'small'), button(t('done'), end(b, 'done'), 'small'), button(t('noShow'), end(b, 'no_show'), 'small'), button(t('deskCancel'), end(b, 'cancelled'), 'small danger')) : '')) : [el('li', { className: 'empty', textContent: t('noBookings') })]);
}

function drawMdt(applications) {
  const review = (a, decision) => () => act(() => call('POST', '/_control/hospital/mdt/review', { application_no: a.application_no, decision }), t('told'));
  fill($('mdt-list'), lang + JSON.stringify(applications), () => applications.length ? applications.map((a) => el('li', {},
    el('div', { className: 'what' }, el('b', {}, `${a.patient} `, el('span', { className: `tag ${STATES[a.state] || ''}`, textContent: t(`m_${a.state}`) })),
      el('span', { className: 'sub', textContent: `${said(a, 'team')} · ${t('files', a.documents_arrived, a.documents.length)}` }), el('div', { textContent: a.summary.slice(0, 120) })),
    a.state === 'submitted' ? el('div', { className: 'acts' }, button(t('accept'), review(a, 'accepted'), 'small'), button(t('moreWanted'), review(a, 'more_wanted'), 'small'), button(t('decline'), review(a, 'declined'), 'small danger')) : '')) : [el('li', { className: 'empty', textContent: t('noMdt') })]);
}

function drawJournal() {
  const rows = journal.entries.slice(-120).reverse();
  fill($('journal'), `${lang}${journal.system}${rows.map((e) => e.id).join()}`, () => rows.length ? rows.map((e) => {
    const code = String(e.code ?? e.status ?? ''), good = ['ok', '200', '204', '201', '302', '303'].includes(code);
    const row = el('details', { open: journal.open.has(e.id) }, el('summary', {},
      el('span', { className: 'sub', textContent: clockOf(e.at) }),
      el('span', { className: 'opt sub', textContent: e.direction === 'out' ? '→' : '←', title: t(e.direction === 'out' ? 'outward' : 'inward') }),
      el('span', { className: 'opt sub', textContent: t((SYSTEMS.find(([s]) => s === e.system) || [0, e.system])[1]) }),
      el('span', { textContent: e.what + (e.note ? ` · ${e.note}` : '') }),
      el('span', {}, e.fault ? el('span', { className: 'tag warn', textContent: e.fault }) : '', ' ', el('span', { className: `tag ${good ? 'ok' : 'err'}`, textContent: code || '—' })),
      el('span', { className: 'opt ms', textContent: e.ms === undefined ? '' : `${e.ms} ms` })));
    row.ontoggle = () => {
      if (!row.open) { journal.open.delete(e.id); return; }
      journal.open.add(e.id);
      if (!row.querySelector('pre')) row.append(el('pre', { textContent: JSON.stringify(Object.fromEntries(['request', 'answer'].filter((k) => e[k] !== undefined).map((k) => [k, e[k]])), null, 1) }));
    };
    return row;
  }) : [el('p', { className: 'empty', textContent: t('noJournal') })]);
}

function drawFacts(summary) {
  const number = (n) => Number(n).toLocaleString('en-US');
  fill($('facts'), lang + JSON.stringify(summary), () => ['departments', 'doctors', 'slots', 'patients', 'locked', 'confirmed'].map((key) => el('span', {}, el('b', { textContent: number(summary[key]) }), t(key))));
}

async function refreshHospital(now) {
  const path = `/_journal?limit=120&since=${journal.last}${journal.system ? `&system=${journal.system}` : ''}`;
  const [clock, faults, bookings, mdt, news, summary] = await Promise.all([
    call('GET', '/_control/clock'), call('GET', '/_control/faults'), call('GET', '/_control/hospital/bookings'), call('GET', '/_control/hospital/mdt'),
    $('pause').checked ? { entries: [] } : call('GET', path), call('GET', '/_control/hospital/summary')]);
  sandboxClock = { offset: clock.offset_seconds };
  drawClock();
  drawFaults(faults.faults);
  drawBookings(bookings.bookings);
  drawMdt(mdt.applications);
  drawFacts(summary);
  await refreshMoney();
  if (news.last && news.last < journal.last) journal.entries = [];
  journal.entries = [...journal.entries, ...news.entries].slice(-400);
  journal.last = news.last ?? journal.last;
  drawJournal();
  if (now || !clinicsShown) await searchClinics();
  if (!patientsShown) await searchPatients();
}
