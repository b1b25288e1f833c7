// wx.createSelectorQuery, also with fields({node: true}) for canvases.
import { component as adapterComponent } from 'glass-easel-miniprogram-adapter'
import { topPage } from './pages.js'
import { pagesBox } from './shell.js'

class SelectorQuery {
  constructor(caller) {
    this.caller = caller
    this.questions = []
  }

  in(caller) {
    this.caller = caller
    return this
  }

  select(selector) { return this.ask(selector, false) }
  selectAll(selector) { return this.ask(selector, true) }
  selectViewport() { return this.ask(null, false) }

  ask(selector, all) {
    const add = (fields, callback) => {
      this.questions.push({ caller: this.caller, selector, all, fields, callback })
      return this
    }
    return {
      fields: add,
      boundingClientRect: (callback) => add({ id: true, dataset: true, rect: true, size: true }, callback),
      scrollOffset: (callback) => add({ id: true, dataset: true, scrollOffset: true }, callback),
      context: (callback) => add({ context: true }, callback),
      node: (callback) => add({ node: true }, callback),
    }
  }

  exec(callback) {
    requestAnimationFrame(() => {
      const results = this.questions.map((question) => {
        const result = answer(question)
        question.callback?.(result)
        return result
      })
      callback?.(results)
    })
    return this
  }
}

function answer({ caller, selector, all, fields }) {
  if (selector === null) return describe(null, topPage().element, fields)
  const shadowRoot = (caller || topPage().caller)._$.getShadowRoot()
  const found = (shadowRoot ? shadowRoot.querySelectorAll(selector) : [])
    .filter((element) => element.$$)
    .map((element) => describe(element, element.$$, fields))
  return all ? found : found[0] || null
}

/** What can be asked of a node, by the name of the field. */
const READERS = {
  id: (element) => ({ id: element?.id || '' }),
  dataset: (element) => ({ dataset: element?.dataset || {} }),
  rect(_element, domNode) {
    const { left, right, top, bottom } = domNode.getBoundingClientRect()
    const pageTop = pagesBox.getBoundingClientRect().top
    return { left, right, top: top - pageTop, bottom: bottom - pageTop }
  },
  size(_element, domNode) {
    const { width, height } = domNode.getBoundingClientRect()
    return { width, height }
  },
  scrollOffset(_element, { scrollLeft, scrollTop, scrollWidth, scrollHeight }) {
    return { scrollLeft, scrollTop, scrollWidth, scrollHeight }
  },
  node(element, domNode) {
    return { node: domNode.querySelector(':scope > canvas') || element?.getMethodCaller?.() || domNode }
  },
  context: () => ({ context: null }),
}

function describe(element, domNode, fields) {
  const result = {}
  for (const [name, read] of Object.entries(READERS)) if (fields[name]) Object.assign(result, read(element, domNode))
  for (const name of fields.properties || []) result[name] = element?.data?.[name]
  for (const name of fields.computedStyle || []) result[name] = getComputedStyle(domNode)[name]
  return result
}

export const createSelectorQuery = () => new SelectorQuery(null)

/** The same on `this` of pages and components. */
export function installOnComponents() {
  const prototype = adapterComponent.ComponentCaller.prototype
  prototype.createSelectorQuery = function createQuery() { return new SelectorQuery(this) }
  Object.defineProperty(prototype, 'getTabBar', { value: () => null, configurable: true })
}
