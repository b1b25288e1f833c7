// Text of a chat bubble: plain, with the few links WeChat knows. Never as HTML.
import { make } from './dom.js'

/**
 * @param {string} text may hold <a href="weixin://bizmsgmenu?…">, <a data-miniprogram-path="…">, <a href="https://…">
 * @param {{onMenu: (content: string, id: string) => void, onPage: (page: string) => void}} handlers
 */
export function richText(text, handlers) {
  const nodes = []
  let last = 0
  for (const match of String(text).matchAll(/<a\s([^>]*)>([\s\S]*?)<\/a>/gi)) {
    nodes.push(text.slice(last, match.index), link(match[1], match[2], handlers))
    last = match.index + match[0].length
  }
  nodes.push(String(text).slice(last))
  return nodes.filter(Boolean)
}

function link(attributes, label, { onMenu, onPage }) {
  const read = (name) => new RegExp(`${name}\\s*=\\s*["']([^"']*)["']`, 'i').exec(attributes)?.[1]
  const href = (read('href') || '').replaceAll('&amp;', '&')
  const page = read('data-miniprogram-path')
  let act = () => {}
  if (page) act = () => onPage(page)
  else if (href.startsWith('weixin://bizmsgmenu')) {
    const query = new URLSearchParams(href.split('?')[1])
    act = () => onMenu(query.get('msgmenucontent') || label, query.get('msgmenuid') || '')
  }
  return make('button', { type: 'button', className: 'link', textContent: label, title: page || href, onclick: act })
}
