// The form of a follow-up while it is filled in: what an answer makes needed appears, "none" excludes the others. Without this
// file every field is there, and the server says the same.
const sheet = document.getElementById('visit')

const answersOf = (name) => [...sheet.querySelectorAll(`[name="${name}"]`)]
  .filter((one) => !one.disabled && (!/^(radio|checkbox)$/.test(one.type) || one.checked))
  .map((one) => one.value.trim())
  .filter(Boolean)

/** Whether one of the table's conditions holds; what this page cannot know (limits, the visit before) does not. */
const holds = (text, prefix) => {
  const found = /^(not )?([a-z]\w*)(?: (=|has|<|>|<=|>=) (\S+))?$/.exec(text)
  if (!found) return false
  const [, negated, key, sign, operand] = found
  const given = answersOf(`${prefix}-${key}`)
  const compare = { '<': (a, b) => a < b, '>': (a, b) => a > b, '<=': (a, b) => a <= b, '>=': (a, b) => a >= b }[sign]
  const is = compare
    ? given.length > 0 && compare(Number(given[0]), Number(operand))
    : sign ? given.some((code) => operand.split('|').includes(code)) : given.length > 0
  return negated ? !is : is
}

const draw = () => {
  for (const field of sheet.querySelectorAll('[data-when], [data-unless]')) {
    const prefix = field.closest('[data-programme]').dataset.programme
    const { when, unless } = field.dataset
    const is = when ? holds(when, prefix) : !holds(unless, prefix)
    const hidden = !is && !field.classList.contains('wrong')
    field.hidden = hidden
    for (const one of field.querySelectorAll('input')) one.disabled = hidden
  }
}

sheet.addEventListener('change', ({ target }) => {
  if (target.type === 'checkbox' && target.checked) {
    for (const one of sheet.querySelectorAll(`[name="${target.name}"]`)) {
      if (one !== target && 'none' in one.dataset !== 'none' in target.dataset) one.checked = false
    }
  }
  draw()
})
sheet.addEventListener('input', draw)

// An answer that is tapped again is taken back, as on the phone.
let before = null
sheet.addEventListener('pointerdown', ({ target }) => {
  const one = target.closest('label')?.control
  before = one?.type === 'radio' && one.checked && !one.required ? one : null
})
sheet.addEventListener('click', ({ target }) => {
  if (target !== before) return
  target.checked = false
  before = null
  draw()
})
draw()
