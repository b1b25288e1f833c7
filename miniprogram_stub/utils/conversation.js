// Messages of both sides: merging what was polled with what is on the screen.
const { clockTime, shortDay } = require('./days')

/** @type {Record<string, string>} the sender's place and colour */
const SIDES = { resident: 'theirs', doctor: 'doctor', bot: 'bot', system: 'system' }

/** @param {any} message @returns {string} said under a message: what became of it, for both sides */
const noteOf = (message) => message.held || message.delivery_label || ''

/** @param {any} message */
function asBubble(message) {
  return {
    ...message,
    side: message.sender === 'system' ? 'system' : message.mine ? 'mine' : SIDES[message.sender] || 'theirs',
    when: clockTime(message.at),
    note: noteOf(message),
    alarming: !!message.held || message.delivery === 'failed',
  }
}

/** A day heading stands before the first bubble of each day. @param {any[]} bubbles oldest first */
function withDays(bubbles) {
  let last = ''
  return bubbles.map((bubble) => {
    const day = bubble.at.slice(0, 10)
    const heading = day === last ? '' : shortDay(bubble.at)
    last = day
    return { ...bubble, heading, shown: '', choices: [] }
  })
}

const NUMBERED = /^([0-9]) (.+)$/
const YES_OR_NO = /^回复 1 (.+?)，回复 2 (.+?)。$/

/**
 * What the assistant offers by number becomes buttons under its last message, where a page draws them; writing the
 * number does the same.
 * @param {any[]} bubbles
 */
function withChoices(bubbles) {
  const last = bubbles[bubbles.length - 1]
  if (!last || last.sender !== 'bot') return bubbles
  /** @type {{number: string, label: string}[]} */
  const choices = []
  /** @type {string[]} */
  const left = []
  for (const line of last.text.split('\n')) {
    const one = NUMBERED.exec(line)
    const pair = YES_OR_NO.exec(line)
    if (one) choices.push({ number: one[1], label: one[2] })
    else if (pair) choices.push({ number: '1', label: pair[1] }, { number: '2', label: pair[2] })
    else left.push(line)
  }
  // buttons are tapped; in the chat, where there are none, the same sentence asks for a number
  const shown = left.join('\n').replace('回复数字', '点下面一项')
  return choices.length ? [...bubbles.slice(0, -1), { ...last, shown, choices }] : bubbles
}

/** A picture that was fetched stays. @param {any} bubble @param {any} before the same message, read earlier */
const withPicture = (bubble, before) => ({ ...bubble, picture: (before && before.picture) || '' })

/**
 * Put newly read messages among those shown; the newer reading of a message wins.
 * @param {any[]} shown @param {any[]} fresh
 * @returns {any[]} oldest first
 */
function merge(shown, fresh) {
  const byId = new Map(shown.map((message) => [message.id, message]))
  for (const message of fresh) byId.set(message.id, withPicture(asBubble(message), byId.get(message.id)))
  // ULIDs sort by time, which settles two messages of the same second.
  const order = (/** @type {any} */ m) => m.at.slice(0, 19) + m.id
  return withChoices(withDays([...byId.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1))))
}

/** @param {any[]} a @param {any[]} b @returns {boolean} nothing new to paint */
function sameBubbles(a, b) {
  return a.length === b.length && a.every((bubble, i) => same(bubble, b[i]))
}

/** @param {any} a @param {any} b */
function same(a, b) {
  const state = (/** @type {any} */ bubble) => (bubble.medium ? bubble.medium.status : '')
  return a.id === b.id && a.note === b.note && a.text === b.text && state(a) === state(b)
}

module.exports = { merge, sameBubbles }
