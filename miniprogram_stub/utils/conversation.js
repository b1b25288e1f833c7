// Messages of both sides: merging what was polled with what is on the screen.
const { clockTime, shortDay } = require('./days')

/** @type {Record<string, string>} the sender's place and colour */
const SIDES = { resident: 'theirs', doctor: 'doctor', bot: 'bot', system: 'system' }

/** @type {Record<string, string>} said under one's own message */
const DELIVERY = { waiting: '正在发给对方', failed: '对方没有收到', sent: '', none: '' }

/** @param {any} message */
function asBubble(message) {
  return {
    ...message,
    side: message.sender === 'system' ? 'system' : message.mine ? 'mine' : SIDES[message.sender] || 'theirs',
    when: clockTime(message.at),
    note: message.mine ? DELIVERY[message.delivery] || '' : '',
  }
}

/** A day heading stands before the first bubble of each day. @param {any[]} bubbles oldest first */
function withDays(bubbles) {
  let last = ''
  return bubbles.map((bubble) => {
    const day = bubble.at.slice(0, 10)
    const heading = day === last ? '' : shortDay(bubble.at)
    last = day
    return { ...bubble, heading }
  })
}

/**
 * Put newly read messages among those shown; the newer reading of a message wins.
 * @param {any[]} shown @param {any[]} fresh
 * @returns {any[]} oldest first
 */
function merge(shown, fresh) {
  const byId = new Map(shown.map((message) => [message.id, message]))
  for (const message of fresh) byId.set(message.id, asBubble(message))
  // ULIDs sort by time, which settles two messages of the same second.
  const order = (/** @type {any} */ m) => m.at.slice(0, 19) + m.id
  return withDays([...byId.values()].sort((a, b) => (order(a) < order(b) ? -1 : 1)))
}

/** @param {any[]} a @param {any[]} b @returns {boolean} nothing new to paint */
function sameBubbles(a, b) {
  return a.length === b.length && a.every((bubble, i) => bubble.id === b[i].id && bubble.note === b[i].note)
}

module.exports = { merge, sameBubbles }
