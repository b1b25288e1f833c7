// Agreements in the words and colours of the pages.
const { longDay } = require('./days')

/** @type {Record<string, string>} status → colour of its tag */
const TONES = {
  active: 'good', signed: 'good', pending_team: 'wait', termination_requested: 'wait', auto_renewed_unconfirmed: 'wait',
  pending_resident: 'wait', pending_payment: 'wait', change_requested: 'wait',
}

/** @type {Record<string, string>} */
const SUPPLEMENT_TONES = { signed: 'good', proposed: 'wait' }

/** @param {any} agreement @returns {any} with the texts a card shows */
function asCard(agreement) {
  const { start_on: start, end_on: end } = agreement
  return {
    ...agreement,
    tone: TONES[agreement.status] || '',
    isPending: agreement.status === 'pending_team',
    period: start && end ? `${longDay(start)} 至 ${longDay(end)}` : '',
    endDay: longDay(end),
    answerBy: longDay(agreement.answer_by_on),
    confirmBy: longDay(agreement.confirm_by_on),
    requestedDay: longDay(agreement.requested_at),
    changeIsOpen: Boolean(agreement.change && agreement.change.state === 'waiting'),
    changeAnswerBy: agreement.change ? longDay(agreement.change.answer_by_on) : '',
    wish: agreement.termination ? asWish(agreement.termination) : null,
  }
}

/**
 * A wish to end an agreement, in words. @param {any} wish @returns {any}
 */
function asWish(wish) {
  return {
    ...wish,
    isOpen: !wish.outcome,
    decideBy: longDay(wish.decide_by_on),
    askedDay: longDay(wish.requested_at),
  }
}

/**
 * A supplement, in words. @param {any} one @returns {any}
 */
function asSupplement(one) {
  return { ...one, tone: SUPPLEMENT_TONES[one.status] || '', day: longDay(one.settled_at || one.proposed_at) }
}

/**
 * The agreement that matters now: the running one, else one on its way, else one that can still be renewed.
 * @param {any[]} agreements newest first
 * @returns {any} a card (renewNote: how far its renewal has come) or null
 */
function currentCard(agreements) {
  const byStatus = (/** @type {string} */ status) => agreements.find((a) => a.status === status)
  const inForce = ['active', 'auto_renewed_unconfirmed', 'termination_requested', 'change_requested'].map(byStatus).find(Boolean)
  const onItsWay = ['signed', 'pending_payment', 'pending_team'].map(byStatus).find(Boolean)
  const found = inForce || onItsWay || agreements.find((a) => a.can_renew)
  if (!found) return null
  const successor = agreements.find((a) => a.predecessor_id === found.id && ['pending_team', 'signed'].includes(a.status))
  return { ...asCard(found), renewNote: successor ? successor.status_label : '' }
}

module.exports = { asCard, asSupplement, currentCard }
