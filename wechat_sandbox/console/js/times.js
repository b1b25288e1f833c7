// Times as people read them; the sandbox lives in Beijing time whatever the browser's zone.

const zone = 'Asia/Shanghai'
const format = (options) => new Intl.DateTimeFormat('zh-CN', { timeZone: zone, hourCycle: 'h23', ...options })

const clockFormat = format({ hour: '2-digit', minute: '2-digit' })
const fullFormat = format({
  year: 'numeric', month: '2-digit', day: '2-digit', weekday: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit',
})
const dayFormat = format({ month: 'numeric', day: 'numeric' })
const isoDay = new Intl.DateTimeFormat('sv-SE', { timeZone: zone })

/** 09:05 */
export const clockTime = (date) => clockFormat.format(date)

/** 2026/11/21 周六 09:05:00 */
export const fullTime = (date) => fullFormat.format(date).replace(/周/, ' 周')

/** A message's time, with its day when that is not today. */
export function messageTime(iso, now) {
  const date = new Date(iso)
  const time = clockTime(date)
  return isoDay.format(date) === isoDay.format(now) ? time : `${dayFormat.format(date)} ${time}`
}

/** What an input of type datetime-local shows: 2026-11-21T09:05 */
export const localInput = (date) => `${isoDay.format(date)}T${clockTime(date)}`
