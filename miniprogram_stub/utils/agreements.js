// Agreements in the words and colours of the pages.
const { longDay } = require('./days')

/** @type {Record<string, string>} status → colour of its tag */
const TONES = { active: 'good', ending: 'wait', pending_team: 'wait' }

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
    requestedDay: longDay(agreement.requested_at),
  }
}

/**
 * The agreement that matters now: the running one, else the one waiting for the team.
 * @param {any[]} agreements newest first
 * @returns {any} a card or null
 */
function currentCard(agreements) {
  const found = agreements.find((a) => a.status === 'active') || agreements.find((a) => a.status === 'pending_team')
  return found ? asCard(found) : null
}

module.exports = { asCard, currentCard }
