// Appointments in the words of the pages.
const { clockTime, dayAndTime, shortDay } = require('./days')

/** @type {Record<string, string>} status → colour of its tag */
const TONES = { held: 'wait', pending: 'wait', booked: 'good', checked_in: 'good', suspended: 'bad', no_show: 'bad' }

/** @param {any} appointment */
function asCard(appointment) {
  return {
    ...appointment,
    tone: TONES[appointment.status] || '',
    isBooked: appointment.status === 'booked' || appointment.status === 'pending',
    isOpen: ['held', 'pending', 'booked', 'checked_in', 'suspended'].includes(appointment.status),
    day: shortDay(appointment.starts_at),
    time: `${clockTime(appointment.starts_at)} 至 ${clockTime(appointment.ends_at)}`,
    keptUntil: appointment.hold_until_at ? dayAndTime(appointment.hold_until_at) : '',
    cancelBefore: dayAndTime(appointment.cancel_before_at),
  }
}

module.exports = { asCard }
