// Things that lie over the page: toast, modal, action sheet, picker columns, permission sheet.
import { make } from './dom.js'
import { root } from './shell.js'

let toastElement = null
let toastTimer = 0
let lastTouch = -Infinity

addEventListener('touchend', () => { lastTouch = performance.now() }, true)

/**
 * A tap fires on touchend, then the browser sends a ghost click to whatever is under the finger by now:
 * a new overlay stays inert for a moment.
 */
export function showOverlay(mask) {
  if (performance.now() - lastTouch < 400) {
    mask.style.pointerEvents = 'none'
    setTimeout(() => { mask.style.pointerEvents = '' }, 350)
  }
  root.append(mask)
}

export function hideToast() {
  toastElement?.remove()
  toastElement = null
  clearTimeout(toastTimer)
}

/** @param {number} ms 0 keeps it until hideToast */
export function toast(title, icon = '', ms = 1500, kind = 'mp-short') {
  hideToast()
  toastElement = make('div', { className: `mp-toast ${kind}` }, icon ? make('b', { textContent: icon }) : null, title || '')
  toastElement.setAttribute('role', 'status')
  root.append(toastElement)
  if (ms) toastTimer = setTimeout(hideToast, ms)
}

export const showLoading = (title) => toast(title, '◌', 0, 'mp-loading')

export function hideLoading() {
  if (toastElement?.classList.contains('mp-loading')) hideToast()
}

const button = (className, text, onclick) => make('button', { className, textContent: text, onclick })

/** wx.showModal: resolves to `{confirm, cancel, content}`. */
export const modal = (options) => new Promise((resolve) => {
  const input = options.editable
    ? make('input', { placeholder: options.placeholderText || '', value: options.content || '' })
    : null
  const close = (confirm) => {
    mask.remove()
    resolve({ confirm, cancel: !confirm, content: input ? input.value : null })
  }
  const dialog = make('div', { className: 'mp-modal' },
    options.title ? make('h3', { textContent: options.title }) : null,
    input || make('p', { textContent: options.content || '' }),
    make('footer', {},
      options.showCancel === false ? null : button('cancel', options.cancelText || '取消', () => close(false)),
      button('ok', options.confirmText || '确定', () => close(true))))
  dialog.setAttribute('role', 'dialog')
  dialog.setAttribute('aria-modal', 'true')
  const mask = make('div', { className: 'mp-mask' }, dialog)
  showOverlay(mask)
})

/** wx.showActionSheet: resolves to `{tapIndex}`, rejects with "cancel". */
export const actionSheet = ({ itemList }) => new Promise((resolve, reject) => {
  const close = (index) => {
    mask.remove()
    if (index < 0) reject('cancel')
    else resolve({ tapIndex: index })
  }
  const menu = make('div', { className: 'mp-sheet' },
    ...itemList.map((text, index) => button('', text, () => close(index))),
    button('cancel', '取消', () => close(-1)))
  menu.setAttribute('role', 'menu')
  const mask = make('div', { className: 'mp-mask', onclick: (event) => event.target === mask && close(-1) }, menu)
  showOverlay(mask)
})

/**
 * WeChat's permission sheet from the lower edge.
 * @param {{title: string, body: Node[], allow?: string, reject?: string, testId: string}} options
 * @returns {Promise<boolean>} allowed or not
 */
export const permissionSheet = ({ title, body, allow = '允许', reject = '拒绝', testId }) => new Promise((resolve) => {
  const close = (allowed) => {
    mask.remove()
    resolve(allowed)
  }
  const dialog = make('div', { className: 'mp-sheet mp-permission' },
    make('h3', { textContent: title }),
    ...body,
    make('footer', {}, button('cancel', reject, () => close(false)), button('ok', allow, () => close(true))))
  dialog.setAttribute('role', 'dialog')
  dialog.setAttribute('aria-modal', 'true')
  dialog.setAttribute('aria-label', title)
  dialog.dataset.testid = testId
  const mask = make('div', { className: 'mp-mask' }, dialog)
  showOverlay(mask)
})
