'use strict';
/* The hospital's money: consultations that end in bills, the window, what is carried out, stays and their beds. */
const BILL_STATES = { unpaid: 'warn', locked: 'err', paid: 'ok', void: '' };
const yuan = (fen) => `¥${(fen / 100).toFixed(2)}`;
let feesShown = '';

function billActs(b) {
  const post = (what, more = {}) => () => act(() => call('POST', `/_control/hospital/fees/${what}`, { bill_no: b.bill_no, ...more }), t('told'));
  if (b.state === 'unpaid') return [button(t('payWindow'), post('pay_at_window'), 'small'), button(t('lockBill'), post('lock', { reason: 'window' }), 'small'), button(t('dearer'), post('reprice', { fen: 100 }), 'small'), button(t('voidBill'), post('void'), 'small danger')];
  if (b.state === 'locked') return [button(t('unlockBill'), post('lock'), 'small'), button(t('payWindow'), post('pay_at_window'), 'small')];
  if (b.state === 'paid' && b.executed + b.refunded < b.lines) return [button(t('carryOut'), post('execute'), 'small')];
  return [];
}

function drawFees(bills) {
  const state = (b) => (b.refunded ? t('billRefunded', b.refunded, b.lines) : b.executed ? t('billDone') : t(`bill_${b.state}`));
  fill($('fee-list'), lang + JSON.stringify(bills), () => bills.length ? bills.map((b) => el('li', {},
    el('div', { className: 'what' }, el('b', {}, `${b.patient} `, el('span', { className: `tag ${b.refunded ? '' : BILL_STATES[b.state]}`, textContent: state(b) })),
      facts(said(b, 'department'), said(b, 'title'), said(b, 'summary'), yuan(b.amount_fen))),
    el('div', { className: 'acts' }, ...billActs(b)))) : [el('li', { className: 'empty', textContent: t('noBills') })]);
}

function drawStays(stays) {
  const set = (s, state) => () => act(() => call('POST', '/_control/hospital/inpatient/state', { inpatient_no: s.inpatient_no, state }), t('done'));
  fill($('stay-list'), lang + JSON.stringify(stays.map((s) => ({ ...s, as_of: '' }))), () => stays.map((s) => el('li', {},
    el('div', { className: 'what' }, el('b', {}, `${s.name} `, el('span', { className: `tag ${s.state === 'admitted' ? 'ok' : 'warn'}`, textContent: t(`stay_${s.state}`) })),
      facts(said(s, 'ward'), s.bed, s.inpatient_no, t('stayBalance', yuan(s.balance_fen)), t('bedCode', s.bed_code))),
    el('div', { className: 'acts' }, s.state === 'admitted' ? button(t('beginSettle'), set(s, 'settling'), 'small') : button(t('admitAgain'), set(s, 'admitted'), 'small')))));
}

function wireMoney() {
  $('fee-form').onsubmit = (event) => { event.preventDefault(); feesShown = $('fee-q').value.trim(); refreshMoney(); };
}

/** The doctor ends the consultation of a booking, or of a file. */
const endConsultation = (who) => () => act(() => call('POST', '/_control/hospital/fees/end_consultation', who), t('told'));

async function refreshMoney() {
  const [fees, stays] = await Promise.all([call('GET', `/_control/hospital/fees?q=${encodeURIComponent(feesShown)}`), call('GET', '/_control/hospital/stays')]);
  drawFees(fees.bills);
  drawStays(stays.stays);
}
