// A follow-up's form from its description: what must be filled in now, what stayed as it was, what may be added.

const PAIR = ['systolic', 'diastolic']

const SHARED_TYPES = ['int', 'decimal', 'choice']
const OWN = ['adr', 'adr_hard', 'complication', 'adherence']

/** @param {any} value */
const isEmpty = (value) => value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)

/**
 * Whether one of the table's conditions holds: "adr = 2", "symptoms has 2|3", "diastolic", each with "not" in front.
 * What the phone cannot know (limits, the visit before) does not hold here; the server judges.
 * @param {string} text @param {any} values
 */
function holds(text, values) {
  const found = /^(not )?([a-z][\w.]*)(?: (=|has) (\S+))?$/.exec(text)
  if (!found) return false
  const [, negated, name, sign, operand] = found
  const given = values[name]
  const codes = (operand || '').split('|')
  const is = sign
    ? (Array.isArray(given) ? given.map(String) : [String(given)]).some((code) => codes.includes(code))
    : !isEmpty(given)
  return negated ? !is : is
}

/** @param {any} field @param {any} values */
function isNeeded(field, values) {
  if (field.required) return true
  if (field.required_when && holds(field.required_when, values)) return true
  return Boolean(field.required_unless) && !holds(field.required_unless, values)
}

/** @param {any} row a medicine */
const medicine = (row) => `${row.name} ${row.dose}${row.unit || 'mg'} 每日${row.times}次`

/** A value in words. @param {any} field @param {any} value */
function wordsOf(field, value) {
  if (field.type === 'medicines') return value.map(medicine).join('、')
  if (field.type !== 'choice' && field.type !== 'many') return `${value}${field.unit}`
  const codes = Array.isArray(value) ? value.map(String) : [String(value)]
  return field.options.filter((/** @type {any} */ one) => codes.includes(one.code)).map((/** @type {any} */ one) => one.label).join('、')
}

/** What only fields with numbers have: their keyboard, and the number of last time. @param {any} field @param {any} last */
function numberOf(field, last) {
  const isNumber = field.type === 'int' || field.type === 'decimal'
  const known = last && isNumber ? last[field.key] : ''
  return { isNumber, last: known, keyboard: field.type === 'int' ? 'number' : 'digit', before: isEmpty(known) ? '' : `上次 ${known}` }
}

/** One field as the page draws it. @param {any} field @param {any} values @param {any} problems by key @param {any} last */
function asRow(field, values, problems, last) {
  const value = values[field.key]
  const codes = isEmpty(value) ? [] : [].concat(value).map(String)
  return {
    ...numberOf(field, last),
    key: field.key, label: field.label, type: field.type, unit: field.unit, value: isEmpty(value) ? '' : value, maxRows: field.max_rows,
    options: field.options.map((/** @type {any} */ one) => ({ ...one, on: codes.includes(one.code) })), wrong: problems[field.key] || '',
  }
}

/**
 * The parts of one form on the screen.
 * @param {any} form fields, values, begun (keys it began with), shared (keys another form asks), isOpen, problems
 */
function partsOf(form) {
  const { fields, values, begun, shared, problems, isOpen, last } = form
  const visit = values.visit
  const shown = fields.filter((/** @type {any} */ field) => !shared.includes(field.key) && (field.visits.length === 0 || field.visits.includes(visit)))
  const row = (/** @type {any} */ field) => asRow(field, values, problems, last)
  const pressure = shown.filter((/** @type {any} */ field) => PAIR.includes(field.key))
  const rest = shown.filter((/** @type {any} */ field) => !PAIR.includes(field.key) && field.key !== 'note')
  const must = rest.filter((/** @type {any} */ field) => problems[field.key] || (isNeeded(field, values) && !begun.includes(field.key)))
  const kept = rest.filter((/** @type {any} */ field) => begun.includes(field.key) && !isEmpty(values[field.key]))
  const words = kept.map((/** @type {any} */ field) => `${field.label}：${wordsOf(field, values[field.key])}`)
  return {
    pressure: pressure.map(row),
    must: must.map(row),
    keptLine: words.join('；'),
    more: isOpen ? rest.filter((/** @type {any} */ field) => !must.includes(field)).map(row) : [],
    hasLast: Boolean(last),
    hasMore: rest.length > must.length,
  }
}

/**
 * What another form asks of the same person in the same words, so that nobody answers twice. Drugs, what they do and how
 * they are taken belong to each disease.
 * @param {any[]} fields @param {any[]} others
 */
function sharedKeys(fields, others) {
  const same = (/** @type {any} */ a, /** @type {any} */ b) => a.key === b.key && SHARED_TYPES.includes(a.type) && !OWN.includes(a.key) && a.type === b.type && JSON.stringify(a.options) === JSON.stringify(b.options)
  return fields.filter((/** @type {any} */ field) => others.some((other) => same(field, other))).map((field) => field.key)
}

/** A tap on an answer. @param {any} field @param {any} now @param {string} code */
function answered(field, now, code) {
  if (field.type === 'choice') return String(now) === code ? '' : code
  const codes = isEmpty(now) ? [] : now.map(String)
  if (codes.includes(code)) return codes.filter((/** @type {any} */ one) => one !== code)
  if (code === field.none_option) return [code]
  return codes.filter((/** @type {any} */ one) => one !== field.none_option).concat(code)
}

/** The answers to send: nothing that is empty. @param {any} form @param {any} [first] the form whose answers it shares */
function answersOf(form, first) {
  /** @type {any} */
  const answers = {}
  for (const field of form.fields) {
    const from = first && form.shared.includes(field.key) ? first : form
    const value = from.values[field.key]
    if (!isEmpty(value)) answers[field.key] = value
  }
  return answers
}

module.exports = { partsOf, sharedKeys, answered, answersOf, holds, isNeeded }
