// The mini-program's customer-service chat (客服会话): it lies over the mini-program that opened it, until one goes back.
import { sandbox } from './api.js'
import { Chat } from './chat.js'
import { button, make } from './dom.js'

export class CustomerService extends Chat {
  /**
   * @param {{appid: string, name: string}} account of the mini-program
   * @param {{onBack: () => void, onPage: (page: string) => void, onChange: () => void, onError: (error: Error) => void}} handlers
   */
  constructor(account, handlers) {
    super(account, handlers, 'kefu')
    this.element.classList.add('customer-service')
    this.element.dataset.testid = 'customer-service'
    const back = button('‹', () => handlers.onBack(), { testid: 'kefu-back', className: 'back', ariaLabel: '返回小程序' })
    this.element.querySelector('header').replaceChildren(back, make('h2', { textContent: `${account.name} 客服` }))
    this.menu.hidden = true
    this.isOpen = false
  }

  /** Nobody follows a mini-program: whoever opened the chat may write. */
  showFollow(user) {
    this.user = user
  }

  setUser(user) {
    super.setUser(user)
    this.isOpen = false
  }

  /** @param {string} sessionFrom of the button that was tapped */
  async open(sessionFrom) {
    this.isOpen = true
    try {
      await sandbox.act(this.user.id, 'enter-chat', { appid: this.account.appid, session_from: sessionFrom })
    } catch (error) {
      this.handlers.onError(error)
    }
    this.handlers.onChange()
  }
}
