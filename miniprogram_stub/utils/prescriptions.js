// Long prescriptions, in words.
const { longDay, shortDay } = require('./days')

/** @type {Record<string, string>} status → colour of its tag */
const TONES = { waiting: 'wait', active: 'good', stopped: 'bad' }

/** @param {any} row a Prescription */
const asCard = (row) => ({
  ...row,
  tone: TONES[row.status] || '',
  span: `${longDay(row.start_on)} 到 ${longDay(row.end_on)}，共 ${row.days} 天`,
  refill: row.status === 'active' ? `${shortDay(row.refill_on)}起请联系医生续方` : '',
  brought: row.delivery
    ? `${row.delivery.state_label}：${shortDay(row.delivery.planned_on)}，${row.delivery.courier}`
    : '',
})

/**
 * What a doctor has written, as the server wants it; '' in `wrong` when it can be sent.
 * @param {any} form { rows: [{code,name,times,dose}], days, startOn, evaluation, isExtended } @param {any} rules
 */
function asDraft(form, rules) {
  const days = Number(form.days)
  const half = form.rows.find((/** @type {any} */ row) => !/^\d{1,2}$/.test(row.times) || !row.dose.trim())
  let wrong = ''
  if (!form.rows.length) wrong = '请至少选一种药'
  else if (half) wrong = `请写清${half.name}每天几次、每次多少`
  else if (!days || days < rules.min_days || days > rules.max_days) wrong = `本地可开 ${rules.min_days} 到 ${rules.max_days} 天`
  const medicines = form.rows.map((/** @type {any} */ row) => ({ code: row.code, times: Number(row.times), dose: row.dose }))
  return {
    wrong,
    draft: { medicines, days, start_on: form.startOn, evaluation: form.evaluation, is_extended: form.isExtended },
  }
}

module.exports = { asCard, asDraft }
