// glass-easel, WeChat's own component engine, with what it leaves to its host.
import { MiniProgramEnv, glassEasel } from 'glass-easel-miniprogram-adapter'
import { engineDocument } from './dom.js'
import { report } from './errors.js'

export { glassEasel }

/** Only these DOM events exist in a mini-program; click, input, scroll… are fired by our built-in components. */
const NATIVE_EVENTS = /^(transitionend|animation(start|iteration|end))$/

class PhoneContext extends glassEasel.CurrentWindowBackendContext {
  constructor() {
    super()
    this.document = engineDocument
  }

  setListenerStats(element, type, ...rest) {
    if (NATIVE_EVENTS.test(type)) super.setListenerStats(element, type, ...rest)
  }
}

const environment = new MiniProgramEnv()
const context = new PhoneContext()

/** Gives an event to the engine. */
export function dispatch(target, type, detail, options) {
  const event = new glassEasel.Event(type, detail, options)
  glassEasel.Event.dispatchEvent(target, event)
  return event.getEventBubbleStatus()
}

// the engine recognises a tap but leaves its dispatch to the host
context.onEvent((target, type, detail, options) => {
  if (type !== 'tap') return dispatch(target, type, detail, options)
  const point = { identifier: 0, clientX: detail.x, clientY: detail.y, pageX: detail.x, pageY: detail.y }
  return dispatch(target, type, detail, { ...options, extraFields: { touches: [point], changedTouches: [point] } })
})

export const codeSpace = environment.createCodeSpace('', true)
export const componentSpace = codeSpace.getComponentSpace()
export const backend = environment.associateBackend(context)

// plain ids in the DOM, so that `#id` works in WXSS and in tests
const prepare = codeSpace.prepareComponentOptions.bind(codeSpace)
codeSpace.prepareComponentOptions = (path, options) => {
  const prepared = prepare(path, options)
  Object.assign(prepared[0], { idPrefixGenerator: null, writeIdToDOM: true, writeFieldsToNode: false })
  return prepared
}

// the `ready` lifetime is the host's task too
codeSpace.setOverallBehavior(componentSpace.defineBehavior({
  is: '__ready__',
  lifetimes: {
    attached() {
      const component = this._$ || this
      requestAnimationFrame(() => component.triggerLifetime('ready', []))
    },
  },
}))

const isBuiltin = (component) => typeof component?.is === 'string' && component.is.startsWith('__builtin__/')

glassEasel.addGlobalWarningListener((message, component, element) => {
  if (!isBuiltin(component) && !isBuiltin(element)) console.warn('[mp warn]', message, component ? component.is : '')
  return false
})
glassEasel.addGlobalErrorListener((error, meta) => {
  report(`[mp error] ${meta?.type || ''}`, error)
  return false
})
