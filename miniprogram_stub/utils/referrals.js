// A referral in words, for patients and doctors.
const { dayAndTime, longDay } = require('./days')

const TONES = { draft: 'wait', submitted: 'wait', escalated: 'bad', rejected: 'bad', expired: 'bad', not_attended: 'bad', terminated: '' }

/** Where and when, by number or by bed. @param {any} row a Referral */
function placeOf(row) {
  const { visit } = row
  if (visit) return { when: dayAndTime(visit.starts_at), where: [visit.department, visit.specialist].filter(Boolean).join(' ') }
  return { when: row.bed_on ? longDay(row.bed_on) + ' 入院' : '', where: row.bed || row.department }
}

/** The registration of a direct admission, in words. @param {any} retro */
function retroLines(retro) {
  const { admitted_at: admitted, until, registered_at: registered } = retro || {}
  return { admittedLine: dayAndTime(admitted), untilLine: dayAndTime(until), registeredLine: dayAndTime(registered) }
}

/** @param {any} row a Referral @returns {any} */
function asReferral(row) {
  const { desk, status } = row
  return {
    ...row,
    ...placeOf(row),
    ...retroLines(row.retro),
    tone: status in TONES ? TONES[/** @type {keyof typeof TONES} */ (status)] : 'good',
    said: status === 'draft' ? '等您同意' : row.status_label,
    made: longDay(row.created_at),
    agreedLine: row.consent_at ? dayAndTime(row.consent_at) : '',
    deskLine: desk ? [desk.office, desk.person].filter(Boolean).join(' ') : '',
    dueLine: dayAndTime(row.due_at),
  }
}

/**
 * A moment of the clinic's own time zone, as the server takes it.
 * @param {string} day YYYY-MM-DD @param {string} time HH:MM @returns {string}
 */
const momentOf = (day, time) => `${day}T${time}:00+08:00`

module.exports = { asReferral, momentOf }
