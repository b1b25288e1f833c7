// input and textarea around the browser's own, and the form that collects them.
import { define, fire, formFields } from './define.js'

const INPUT_MODES = { number: 'numeric', digit: 'decimal', idcard: 'text', tel: 'tel' }
const PROPERTIES = {
  value: { type: String, optionalTypes: [Number, null] },
  type: { type: String, value: 'text' },
  password: Boolean,
  placeholder: String,
  placeholderStyle: String,
  placeholderClass: String,
  disabled: Boolean,
  maxlength: { type: Number, value: 140 },
  focus: Boolean,
  autoFocus: Boolean,
  name: String,
  confirmType: String,
  autoHeight: Boolean,
  cursorSpacing: Number,
  adjustPosition: Boolean,
  ariaLabel: String,
}

function initField(component, element, tag) {
  const input = document.createElement(tag)
  component._input = input
  element.append(input)
  formFields.set(element, {
    get name() { return component.data.name },
    get: () => input.value,
    reset() {
      input.value = ''
      component.setData({ value: '' })
    },
    activate: () => input.focus(),
  })
  listenToTyping(component, input)
  // the browser's own events must not reach the page: WeChat's carry a detail instead
  input.addEventListener('change', (event) => event.stopPropagation())
  input.addEventListener('focus', () => fire(component, 'focus', { value: input.value, height: 0 }))
  input.addEventListener('blur', () => fire(component, 'blur', { value: input.value }))
  input.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && tag === 'input' && !event.isComposing) fire(component, 'confirm', { value: input.value })
  })
}

function listenToTyping(component, input) {
  let composing = false // half a pinyin word is no input yet
  const tell = () => {
    component.setData({ value: input.value })
    fire(component, 'input', { value: input.value, cursor: input.selectionStart, keyCode: 0 })
  }
  input.addEventListener('compositionstart', () => { composing = true })
  input.addEventListener('compositionend', () => {
    composing = false
    tell()
  })
  input.addEventListener('input', (event) => {
    event.stopPropagation()
    if (!composing) tell()
  })
}

const fieldObservers = (tag) => ({
  value(value) {
    const text = value == null ? '' : String(value)
    if (this._input.value !== text) this._input.value = text
  },
  placeholder(value) { this._input.placeholder = value },
  ariaLabel(value) { if (value) this._input.setAttribute('aria-label', value) },
  disabled(value) { this._input.disabled = value },
  maxlength(value) {
    if (value < 0) this._input.removeAttribute('maxlength')
    else this._input.maxLength = value
  },
  'type, password'() {
    if (tag !== 'input') return
    this._input.type = this.data.password ? 'password' : 'text'
    this._input.inputMode = INPUT_MODES[this.data.type] || 'text'
  },
  name(value) { this._input.name = value || '' },
  'focus, autoFocus'() {
    if (this.data.focus || this.data.autoFocus) setTimeout(() => this._input.focus(), 0)
  },
})

function initForm(component, element) {
  element.__form = (kind, button) => {
    const fields = [...element.querySelectorAll('*')].filter((node) => formFields.has(node)).map((node) => formFields.get(node))
    if (kind === 'submit') {
      const named = fields.filter((field) => field.name)
      const value = Object.fromEntries(named.map((field) => [field.name, field.get()]))
      fire(component, 'submit', { value, target: button })
    } else {
      for (const field of fields) field.reset?.()
      fire(component, 'reset', {})
    }
  }
}

export function defineTextFields() {
  for (const tag of ['input', 'textarea']) {
    define(tag, {
      properties: PROPERTIES,
      init: (component, element) => initField(component, element, tag),
      observers: fieldObservers(tag),
    })
  }
  define('form', { properties: { reportSubmit: Boolean }, init: initForm })
}
