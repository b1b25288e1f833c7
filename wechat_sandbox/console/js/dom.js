// Small tools for making DOM nodes.

/**
 * @param {string} tag
 * @param {Record<string, unknown>} properties own properties; `data` goes to the dataset, `aria` to aria-*
 * @param {...(Node | string | null)} children null is left out
 */
export function make(tag, { data = {}, aria = {}, ...properties } = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties)
  Object.assign(element.dataset, data)
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value)
  element.append(...children.filter((child) => child != null))
  return element
}

export const button = (text, onclick, { testid, ...properties } = {}) =>
  make('button', { type: 'button', textContent: text, onclick, data: testid ? { testid } : {}, ...properties })

/** A labelled form field. */
export const field = (label, control) => make('label', { className: 'field' }, make('span', { textContent: label }), control)

/** A select of [value, text] pairs. */
export const select = (pairs, properties = {}) =>
  make('select', properties, ...pairs.map(([value, text]) => make('option', { value, textContent: text })))

/** `hidden` follows the count; more than 99 do not fit. */
export function showCount(badge, count) {
  badge.hidden = count === 0
  badge.textContent = count > 99 ? '99+' : String(count)
  badge.setAttribute('aria-label', `${count} 条未读`)
}
