// The wheel of wx pickers, as plain lists: easier to use with a mouse, and to test.
import { make } from './dom.js'
import { showOverlay } from './overlays.js'

let redraw = () => {}

/** For a picker whose lists change while it is open. */
export const redrawColumns = () => redraw()

/**
 * @param {(values: number[]) => string[][]} columnsOf texts of each column, given what is chosen so far
 * @param {number[]} initial chosen row of each column
 * @param {(column: number, row: number) => void} [onColumn]
 * @returns {Promise<number[] | null>} chosen rows, null when cancelled
 */
export const pickColumns = (columnsOf, initial, onColumn) => new Promise((resolve) => {
  const chosen = initial.slice()
  const box = make('div', { className: 'cols' })
  const choose = (column, row) => {
    chosen[column] = row
    onColumn?.(column, row)
    draw()
  }
  const draw = () => {
    box.replaceChildren(...columnsOf(chosen).map((texts, column) => {
      chosen[column] = Math.min(chosen[column], Math.max(0, texts.length - 1))
      return columnList(texts, column, chosen[column], choose)
    }))
    for (const item of box.querySelectorAll('[aria-selected=true]')) item.scrollIntoView({ block: 'center' })
  }
  const close = (result) => {
    mask.remove()
    resolve(result)
  }
  const header = make('header', {},
    make('button', { textContent: '取消', onclick: () => close(null) }),
    make('button', { className: 'ok', textContent: '确定', onclick: () => close(chosen) }))
  const sheet = make('div', { className: 'mp-sheet mp-pick' }, header, box)
  const mask = make('div', { className: 'mp-mask', onclick: (event) => event.target === mask && close(null) }, sheet)
  showOverlay(mask)
  draw()
  redraw = draw
})

function columnList(texts, column, selected, choose) {
  const items = texts.map((text, row) => {
    const item = make('li', { textContent: text, onclick: () => choose(column, row) })
    item.setAttribute('role', 'option')
    item.setAttribute('aria-selected', String(row === selected))
    item.dataset.c = column
    item.dataset.v = row
    return item
  })
  const list = make('ul', {}, ...items)
  list.setAttribute('role', 'listbox')
  return list
}
