// Self-measured values, in words; judging them is the server's work.
const { dayAndTime } = require('./days')

const KINDS = [
  { code: 'blood_pressure', name: '血压' },
  { code: 'glucose', name: '血糖' },
]
const MOMENTS = [
  { code: 'fasting', name: '空腹' },
  { code: 'after_meal', name: '餐后2小时' },
  { code: 'random', name: '其他时间' },
]
const UNITS = ['mmol/L', 'mg/dL']
const SPANS = [
  { days: '30', name: '一个月' },
  { days: '90', name: '三个月' },
  { days: '365', name: '一年' },
]

/** @type {Record<string, string>} verdict → colour of its tag */
const TONES = { fine: 'good', high: 'wait', emergency: 'bad' }

/** @param {any} row a Measurement */
const asRow = (row) => ({
  ...row,
  tone: TONES[row.verdict],
  when: dayAndTime(row.measured_at),
  title: [row.moment_label, row.value].filter(Boolean).join(' '),
})

/**
 * @param {any} typed what stands in the fields
 * @returns {string} what is missing, '' when it can be sent
 */
function missing(typed) {
  if (typed.kind === 'glucose') return /^\d{1,3}(\.\d{1,2})?$/.test(typed.glucose) ? '' : '请填血糖数值，例如 6.1'
  if (!/^\d{2,3}$/.test(typed.systolic)) return '请填高压，例如 128'
  return /^\d{2,3}$/.test(typed.diastolic) ? '' : '请填低压，例如 78'
}

/** @param {any} typed @returns {any} what the server is told */
function asBody(typed) {
  const glucose = { glucose: typed.glucose, unit: typed.unit, moment: typed.moment }
  const pressure = { systolic: Number(typed.systolic), diastolic: Number(typed.diastolic) }
  const who = typed.who ? { for_id: typed.who } : {}
  return { kind: typed.kind, ...(typed.kind === 'glucose' ? glucose : pressure), ...who }
}

module.exports = { KINDS, MOMENTS, UNITS, SPANS, asRow, missing, asBody }
