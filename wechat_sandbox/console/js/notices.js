// The list of service notices: subscribe messages that arrived, newest last as in WeChat.
import { rowsOf } from './bubbles.js'
import { now } from './clock.js'
import { make } from './dom.js'
import { messageTime } from './times.js'

export class Notices {
  /** @param {string} source name of the mini-program @param {(page: string) => void} onPage */
  constructor(source, onPage) {
    this.source = source
    this.onPage = onPage
    this.list = make('ol', { className: 'lines', data: { testid: 'notice-lines' }, aria: { live: 'polite', label: '服务通知' } })
    this.empty = make('p', { className: 'empty', textContent: '还没有通知' })
    this.element = make('div', { className: 'screen notices' },
      make('header', { className: 'title' }, make('h2', { textContent: '服务通知' })), this.empty, this.list)
  }

  show(notices) {
    const key = notices.map((notice) => notice.id).join()
    if (key === this.key) return
    this.key = key
    this.empty.hidden = notices.length > 0
    this.list.replaceChildren(...notices.map((notice) => this.card(notice)))
    this.scrollToEnd()
  }

  scrollToEnd() { this.list.scrollTop = this.list.scrollHeight }

  card({ id, title, rows, page, at }) {
    const open = make('button', {
      type: 'button', className: 'card', data: { testid: 'notice-card', id }, onclick: () => this.onPage(page),
    },
    make('span', { className: 'source', textContent: this.source }),
    make('strong', { textContent: title }),
    rowsOf(rows),
    make('span', { className: 'more', textContent: '进入小程序查看' }))
    return make('li', {}, make('time', { textContent: messageTime(at, now()) }), open)
  }
}
