// Numbers in the words of the pages: needs, days and people to choose from.
const { get } = require('./api')
const { clockTime, shortDay } = require('./days')

/** What one may need, in the order it is asked for. */
const NEEDS = [
  { kind: '', label: '都看看' },
  { kind: 'EXPERT', label: '看专家' },
  { kind: 'SPECIALIST', label: '看专科' },
  { kind: 'GENERAL', label: '普通门诊' },
  { kind: 'EXAM', label: '做检查' },
  { kind: 'BED', label: '住院' },
]

/** @param {any} slot */
const asSlot = (slot) => ({
  ...slot,
  day: shortDay(slot.starts_at),
  time: `${clockTime(slot.starts_at)} 至 ${clockTime(slot.ends_at)}`,
})

/** For whom one may book; alone, there is nothing to choose. @returns {Promise<any[]>} */
async function people() {
  const { items } = await get('/api/bookable-people')
  return items.map((/** @type {any} */ one) => ({ ...one, label: one.is_me ? '自己' : one.name }))
}

const MOST_DAYS = 6 // more would push the numbers themselves off the screen; later days stand in the list

/**
 * The next days there are numbers on, for the chips.
 * @param {any[]} slots
 * @returns {{day: string, label: string}[]}
 */
function daysOf(slots) {
  const found = new Map()
  for (const slot of slots) found.set(slot.starts_at.slice(0, 10), shortDay(slot.starts_at))
  return [...found].slice(0, MOST_DAYS).map(([day, label]) => ({ day, label }))
}

module.exports = { NEEDS, asSlot, people, daysOf }
