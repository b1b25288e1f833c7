// The waiting list in the words of the pages.
const { addDays, clockTime, dayAndTime, shortDay } = require('./days')

/** @param {number} minutes @returns {string} 还有1小时58分钟 */
function timeLeft(minutes) {
  if (minutes < 1) return '马上到时间'
  const hours = Math.floor(minutes / 60)
  const rest = minutes % 60
  return '还有' + (hours ? `${hours}小时` : '') + (rest ? `${rest}分钟` : '')
}

/** @param {number|null} ahead @returns {string} what the place in line is, honestly */
function placeInLine(ahead) {
  if (ahead === null || ahead === undefined) return ''
  return ahead === 0 ? '下一个就是您' : `您前面还有 ${ahead} 位`
}

/** @type {Record<string, string>} status → colour of its tag */
const TONES = { waiting: 'wait', offered: 'good', booked: 'good' }

/** @param {any} entry a Waiting */
function asCard(entry) {
  const { offer } = entry
  const sameDay = entry.from_on === entry.until_on
  return {
    ...entry,
    tone: TONES[entry.status] || '',
    days: sameDay ? shortDay(entry.from_on) : `${shortDay(entry.from_on)} 至 ${shortDay(entry.until_on)}`,
    place: placeInLine(entry.ahead),
    offered: offer && {
      ...offer,
      day: shortDay(offer.starts_at),
      time: `${clockTime(offer.starts_at)} 至 ${clockTime(offer.ends_at)}`,
      until: dayAndTime(offer.hold_until_at),
      left: timeLeft(offer.minutes_left),
    },
  }
}

/**
 * The spans of days one can choose from, the shortest first.
 * @param {any} options where one can wait
 * @param {string} day YYYY-MM-DD, the full day he came from; '' for none
 */
function spans(options, day) {
  const { first_on: first, last_on: last } = options
  const end = (/** @type {number} */ days) => {
    const until = addDays(first, days - 1)
    return until < last ? until : last
  }
  const list = [
    { key: 'week', name: '一周以内', from: first, until: end(7) },
    { key: 'fortnight', name: '两周以内', from: first, until: end(14) },
    { key: 'month', name: '一个月以内', from: first, until: end(30) },
  ]
  if (day >= first && day <= last) list.unshift({ key: 'day', name: `只要 ${shortDay(day)}`, from: day, until: day })
  return list
}

module.exports = { asCard, placeInLine, spans, timeLeft }
