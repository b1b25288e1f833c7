// Follow-ups in the words of the doctors' pages.
const { shortDay } = require('./days')

/** @param {any} followup */
function asRow(followup) {
  const { last } = followup
  return {
    ...followup,
    isOpen: followup.status === 'planned' || followup.status === 'missed',
    tone: followup.overdue ? 'bad' : followup.status === 'done' ? 'good' : followup.status === 'cancelled' ? '' : 'wait',
    label: followup.overdue ? '已超期' : followup.status_label,
    due: shortDay(followup.due_on),
    windowEnd: shortDay(followup.window_end_on),
    lastLine: last ? `上次 ${last.systolic}/${last.diastolic}（${last.visited_on}）` : '',
  }
}

module.exports = { asRow }
