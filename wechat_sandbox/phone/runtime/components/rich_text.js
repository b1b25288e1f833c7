// rich-text: only WeChat's list of tags, and nothing that could run.
import { define, domOf } from './define.js'

const TAGS = new Set(`
a abbr b blockquote br code col dd del div dl dt em fieldset h1 h2 h3 h4 h5 h6 hr i img ins label legend li ol p q
span strong sub sup table tbody td tfoot th thead tr u ul`.trim().split(/\s+/))
const ATTRIBUTES = /^(class|style|src|alt|width|height|colspan|rowspan)$/

function clean(node) {
  for (const child of [...node.childNodes]) {
    if (child.nodeType !== Node.ELEMENT_NODE) continue
    if (!TAGS.has(child.localName)) {
      child.remove()
      continue
    }
    for (const { name } of [...child.attributes]) if (/^on|href/i.test(name)) child.removeAttribute(name)
    clean(child)
  }
  return node
}

function fromNodes(nodes) {
  const fragment = document.createDocumentFragment()
  for (const node of nodes || []) {
    if (node.type === 'text') fragment.append(node.text)
    else if (TAGS.has(node.name)) {
      const element = document.createElement(node.name)
      for (const [name, value] of Object.entries(node.attrs || {})) if (ATTRIBUTES.test(name)) element.setAttribute(name, value)
      element.append(fromNodes(node.children))
      fragment.append(element)
    }
  }
  return fragment
}

function fromHtml(html) {
  const template = document.createElement('template')
  template.innerHTML = html
  return clean(template.content)
}

export function defineRichText() {
  define('rich-text', {
    properties: { nodes: null, space: String },
    observers: {
      nodes(value) { domOf(this).replaceChildren(typeof value === 'string' ? fromHtml(value) : fromNodes(value)) },
    },
  })
}
