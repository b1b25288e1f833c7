// Small tools for making DOM nodes.
import { builtinTags } from './config.js'

/** An element with properties and children; children that are null are left out. */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  element.append(...children.filter((child) => child != null))
  return element
}

/** Sets, or removes where the value says "no". */
export function setAttribute(element, name, value) {
  if (value === false || value == null || value === '') element.removeAttribute(name)
  else element.setAttribute(name, value === true ? '' : value)
}

/** `rpx` in an inline style, which no compiler pass has seen. */
export const withRpx = (style) => String(style).replace(/(-?[\d.]+)rpx/g, 'calc($1 * var(--rpx))')

/** A path inside the mini-program as an address the browser can load. */
export function asset(path) {
  if (!path) return ''
  return /^(https?:|data:|blob:|\/\/)/.test(path) ? path : path.replace(/^\//, '')
}

/** The document the engine builds with: WeChat's tags become `wx-<tag>`, so that no browser style applies to them. */
export const engineDocument = {
  createElement(tag) {
    const element = document.createElement(builtinTags.has(tag) ? `wx-${tag}` : tag)
    const original = element.setAttribute
    element.setAttribute = (name, value) => original.call(element, name, name === 'style' ? withRpx(value) : value)
    return element
  },
  createTextNode: (text) => document.createTextNode(text),
  createDocumentFragment: () => document.createDocumentFragment(),
}
