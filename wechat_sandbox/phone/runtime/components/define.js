// How a built-in component is made: an engine component without a template of its own whose DOM node we fill.
import { componentSpace } from '../engine.js'
import { setAttribute } from '../dom.js'

/** What a form knows of its fields: DOM node → {name, get(), reset(), activate()}. */
export const formFields = new WeakMap()

/** The component's DOM node; a released page has none any more, then a dummy takes what is still set. */
export function domOf(component) {
  if (component.$$) return component.$$
  component.__nowhere ||= document.createElement('i')
  return component.__nowhere
}

export const fire = (component, type, detail = {}, options) => component.triggerEvent(type, detail, options)

/** Observers that copy properties to attributes, so that CSS can select on them. */
export const mirror = (...names) => Object.fromEntries(names.map((name) => [name, function copy(value) {
  setAttribute(domOf(this), name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value)
}]))

/**
 * @param {string} name tag in WXML
 * @param {{properties?: object, template?: object, init?: (component, element) => void, observers?: object}} definition
 */
export function define(name, { properties = {}, template, init, observers = {} } = {}) {
  const definition = componentSpace.defineComponent({
    is: `__builtin__/${name}`,
    template,
    options: { virtualHost: false },
    properties: { hidden: Boolean, ...properties },
    observers: {
      hidden(value) { if (this.$$) setAttribute(this.$$, 'hidden', value) },
      ...observers,
    },
    lifetimes: {
      created() {
        init?.(this, domOf(this))
        if (this.data.hidden) setAttribute(domOf(this), 'hidden', true)
      },
    },
  })
  componentSpace.setGlobalUsingComponent(name, definition)
}
