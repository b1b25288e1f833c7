// The mini-program of one phone, in a frame of its own.
import { make } from './dom.js'

/** Where a visit came from, as WeChat counts it. */
export const SCENES = { desktop: 1001, notice: 1107, template: 1043, customerService: 1096 }

export class Mini {
  /** @param {(sessionFrom: string) => void} onContact a tap on a button that opens the customer-service chat */
  constructor(appid, backend, onContact) {
    this.appid = appid
    this.backend = backend
    this.frame = null
    this.element = make('div', { className: 'screen mini' })
    addEventListener('message', ({ origin, source, data }) => {
      const isMine = origin === location.origin && this.frame && source === this.frame.contentWindow
      if (isMine && data?.type === 'sandbox-contact') onContact(String(data.sessionFrom || ''))
    })
  }

  setUser(user) {
    this.user = user
    this.close()
  }

  close() {
    this.frame?.remove()
    this.frame = null
  }

  /** Opens it where it was, or anew at a page (`pages/x/x?id=1`). */
  open(page = '', scene = SCENES.desktop) {
    if (this.frame && !page) return
    this.close()
    const query = new URLSearchParams({ user: this.user.id, appid: this.appid, api: this.backend, scene })
    if (page) query.set('path', page.startsWith('/') ? page : `/${page}`)
    this.frame = make('iframe', {
      src: `/phone/index.html?${query}`, title: `${this.user.name}的小程序`, data: { testid: 'mini-frame' },
    })
    this.element.append(this.frame)
  }

  tellClock(offsetSeconds) { this.tell({ type: 'sandbox-clock', offsetSeconds }) }

  /** Covered by another tab of the phone, or back again. */
  tellVisible(visible) { this.tell({ type: 'sandbox-visible', visible }) }

  tell(message) { this.frame?.contentWindow?.postMessage(message, location.origin) }
}
