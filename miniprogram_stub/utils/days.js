// Dates as people say them. The server sends Chinese local time, so its text is cut, never converted:
// a phone set to another zone still shows the clinic's time.
const WEEKDAYS = ['周日', '周一', '周二', '周三', '周四', '周五', '周六']

/** @param {number} n */
const two = (n) => String(n).padStart(2, '0')

/** @param {string} text YYYY-MM-DD or an instant @returns {number[]} [year, month, day] */
function parts(text) {
  return text.slice(0, 10).split('-').map(Number)
}

/** @param {string|null|undefined} text @returns {string} 2026年11月21日, '' for nothing */
function longDay(text) {
  if (!text) return ''
  const [year, month, day] = parts(text)
  return `${year}年${month}月${day}日`
}

/** @param {string|null|undefined} text @returns {string} 11月21日 周六 */
function shortDay(text) {
  if (!text) return ''
  const [year, month, day] = parts(text)
  return `${month}月${day}日 ${WEEKDAYS[new Date(year, month - 1, day).getDay()]}`
}

/** @param {string} instant @returns {string} 09:30 */
const clockTime = (instant) => instant.slice(11, 16)

/** @param {string} instant @returns {string} 11月21日 周六 09:30 */
const dayAndTime = (instant) => (instant ? shortDay(instant) + ' ' + clockTime(instant) : '')

/** @returns {string} today on this phone, YYYY-MM-DD */
function today() {
  const now = new Date()
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`
}

/** @param {string} day YYYY-MM-DD @param {number} days @returns {string} */
function addDays(day, days) {
  const [year, month, date] = parts(day)
  const then = new Date(year, month - 1, date + days)
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`
}

/**
 * A term of the same length, beginning on another day.
 * @param {string} start @param {string} end both ends included
 * @param {string} from YYYY-MM-DD
 * @returns {string} its last day
 */
function sameTerm(start, end, from) {
  const [startYear, startMonth] = parts(start)
  const [endYear, endMonth] = parts(addDays(end, 1))
  const [year, month, day] = parts(from)
  const months = (endYear - startYear) * 12 + endMonth - startMonth
  const lastOfMonth = new Date(year, month + months, 0).getDate()
  const following = new Date(year, month - 1 + months, Math.min(day, lastOfMonth) - 1)
  return `${following.getFullYear()}-${two(following.getMonth() + 1)}-${two(following.getDate())}`
}

/** @param {number} fen @returns {string} 6000 → 60元, 12050 → 120.50元 */
function yuan(fen) {
  return (fen % 100 === 0 ? String(fen / 100) : (fen / 100).toFixed(2)) + '元'
}

/** Somebody else pays for the rest, so a zero is never called free. @param {number} fen @returns {string} */
function selfPay(fen) {
  return fen ? '自己付 ' + yuan(fen) : '个人不另付费'
}

module.exports = { longDay, shortDay, clockTime, dayAndTime, today, addDays, sameTerm, yuan, selfPay }
