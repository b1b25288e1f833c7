// Pulling a page down at its top: onPullDownRefresh, with the spinner until stopPullDownRefresh.
import { make } from './dom.js'
import { callPage, topPage } from './pages.js'
import { pagesBox } from './shell.js'

const PULL_PX = 90

const spinner = make('div', { className: 'mp-refresh', ariaLabel: '正在刷新' })
let start = null

export function startRefresh() {
  pagesBox.append(spinner)
  callPage(topPage(), 'onPullDownRefresh')
}

export const stopRefresh = () => spinner.remove()

const mayRefresh = (page) => page.conf.enablePullDownRefresh && page.element.scrollTop <= 0

/** Follows each finger (or the mouse) from gestures.js. */
export function followPull(type, { clientX, clientY }, target) {
  if (type === 'touchstart') {
    const page = topPage()
    const isFree = !target.closest?.('wx-canvas, wx-scroll-view, wx-textarea, wx-input, wx-slider')
    start = isFree && mayRefresh(page) ? { clientX, clientY, page } : null
  } else if (type === 'touchend' && start) {
    const { page } = start
    const down = clientY - start.clientY
    const sideways = Math.abs(clientX - start.clientX)
    start = null
    if (page === topPage() && down > PULL_PX && down > sideways * 2 && mayRefresh(page)) startRefresh()
  } else if (type === 'touchcancel') start = null
}
