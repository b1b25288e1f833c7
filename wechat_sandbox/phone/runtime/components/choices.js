// radio, checkbox, switch, label, slider.
import { make } from '../dom.js'
import { define, domOf, fire, formFields } from './define.js'

const LABELLED = 'wx-radio,wx-checkbox,wx-switch,wx-input,wx-textarea'

const checkedObservers = {
  checked(value) { domOf(this).setAttribute('aria-checked', String(Boolean(value))) },
  color(value) { if (value) domOf(this).style.setProperty('--c', value) },
}

/** `act` is what a tap does; a label calls it too. */
function makeTappable(component, element, role, act) {
  element.setAttribute('role', role)
  element.__act = () => { if (!component.data.disabled) act() }
  component.addListener('tap', element.__act)
}

function defineOption(kind) {
  const isRadio = kind === 'radio'
  define(kind, {
    properties: { value: String, checked: Boolean, disabled: Boolean, color: String },
    init(component, element) {
      element.__option = component
      makeTappable(component, element, kind, () => {
        const group = element.closest(`wx-${kind}-group`)
        if (isRadio && component.data.checked) return
        if (isRadio) for (const other of group?.querySelectorAll('wx-radio') || []) other.__option.setData({ checked: false })
        component.setData({ checked: isRadio || !component.data.checked })
        group?.__changed()
      })
    },
    observers: checkedObservers,
  })
}

function defineGroup(kind) {
  define(`${kind}-group`, {
    properties: { name: String },
    init(component, element) {
      const options = () => [...element.querySelectorAll(`wx-${kind}`)].map((node) => node.__option)
      const get = () => {
        const chosen = options().filter((option) => option.data.checked).map((option) => option.data.value)
        return kind === 'radio' ? chosen[0] ?? '' : chosen
      }
      element.__changed = () => fire(component, 'change', { value: get() })
      formFields.set(element, {
        get name() { return component.data.name },
        get,
        reset: () => options().forEach((option) => option.setData({ checked: false })),
      })
    },
  })
}

function defineSwitch() {
  define('switch', {
    properties: { checked: Boolean, disabled: Boolean, type: String, color: String, name: String },
    init(component, element) {
      makeTappable(component, element, 'switch', () => {
        component.setData({ checked: !component.data.checked })
        fire(component, 'change', { value: component.data.checked })
      })
      formFields.set(element, {
        get name() { return component.data.name },
        get: () => Boolean(component.data.checked),
        reset: () => component.setData({ checked: false }),
      })
    },
    observers: checkedObservers,
  })
}

function defineLabel() {
  define('label', {
    properties: { for: String },
    init(component, element) {
      component.addListener('tap', (event) => {
        const tapped = event.getOriginalEvent?.()?.target?.closest?.(LABELLED)
        if (tapped && element.contains(tapped)) return // the field itself has already acted
        const target = component.data.for
          ? element.closest('wx-page').querySelector(`#${CSS.escape(component.data.for)}`)
          : element.querySelector(LABELLED)
        if (target?.__act) target.__act()
        else formFields.get(target)?.activate?.()
      })
    },
  })
}

function defineSlider() {
  define('slider', {
    properties: {
      min: Number, max: { type: Number, value: 100 }, step: { type: Number, value: 1 }, value: Number, disabled: Boolean,
      showValue: Boolean, name: String, activeColor: String, blockSize: Number,
    },
    init(component, element) {
      const input = make('input', { type: 'range' })
      const shown = make('span')
      Object.assign(component, { _input: input, _shown: shown })
      element.append(input, shown)
      input.addEventListener('input', (event) => {
        event.stopPropagation()
        shown.textContent = component.data.showValue ? input.value : ''
        fire(component, 'changing', { value: Number(input.value) })
      })
      input.addEventListener('change', (event) => {
        event.stopPropagation()
        component.setData({ value: Number(input.value) })
        fire(component, 'change', { value: Number(input.value) })
      })
      formFields.set(element, {
        get name() { return component.data.name },
        get: () => Number(input.value),
        reset: () => component.setData({ value: component.data.min }),
      })
    },
    observers: {
      'min, max, step, value, showValue, disabled'() {
        const { min, max, step, value, disabled, showValue } = this.data
        Object.assign(this._input, { min, max, step, value, disabled })
        this._shown.textContent = showValue ? value : ''
      },
    },
  })
}

export function defineChoices() {
  for (const kind of ['radio', 'checkbox']) {
    defineOption(kind)
    defineGroup(kind)
  }
  defineSwitch()
  defineLabel()
  defineSlider()
}
