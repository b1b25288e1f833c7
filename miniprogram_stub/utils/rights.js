// Entitlements, services and the health card, as people read them.
const { yuan } = require('./days')

const TONES = { recorded: 'wait', confirmed: 'good', disputed: 'bad', answered: '', taken_back: '' }

/** @param {any} item an Entitlement */
const asItem = (item) => ({
  ...item,
  isLimited: item.promised !== null && !item.is_minimum,
  isMissing: item.is_minimum && item.remaining > 0,
  isUsedUp: item.promised !== null && !item.is_minimum && item.remaining === 0,
})

/** @param {any} service a Service */
const asService = (service) => ({
  ...service,
  tone: /** @type {any} */ (TONES)[service.state],
  where: service.place_label ? `${service.by}，${service.place_label}` : service.by,
})

/** @param {any} entry a line of the card */
const asEntry = (entry) => ({
  ...entry,
  amount: (entry.amount_fen < 0 ? '−' : '+') + yuan(Math.abs(entry.amount_fen)),
  balance: yuan(entry.balance_fen),
})

/** @param {any} card @returns {any} */
const asCard = (card) => ({ ...card, balance: yuan(card.balance_fen), value: yuan(card.value_fen) })

/** @param {any[]} lines FeeLines @returns {any[]} those of the first year */
const asFee = (lines) => lines.filter((line) => line.year === 1).map((line) => ({ ...line, amount: yuan(line.amount_fen) }))

module.exports = { asItem, asService, asEntry, asCard, asFee }
