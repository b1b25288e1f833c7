// The service account's chat: lines, menu, input, follow and unfollow.
import { sandbox } from './api.js'
import { bubble } from './bubbles.js'
import { now } from './clock.js'
import { button, make } from './dom.js'

export class Chat {
  /**
   * @param {{appid: string, name: string}} account
   * @param {{onPage: (page: string) => void, onChange: () => void, onError: (error: Error) => void}} handlers
   * @param {string} prefix of what tests look for
   */
  constructor(account, handlers, prefix = 'chat') {
    this.prefix = prefix
    this.account = account
    this.handlers = handlers
    this.userId = null
    this.lines = []
    this.list = make('ol', { className: 'lines', data: { testid: `${prefix}-lines` }, aria: { live: 'polite', label: '聊天记录' } })
    this.follow = button('关注', () => this.toggleFollow(), { testid: 'follow', className: 'follow' })
    this.input = make('input', {
      type: 'text', enterKeyHint: 'send', autocomplete: 'off', data: { testid: `${prefix}-input` }, aria: { label: '输入消息' },
    })
    const send = make('button', { type: 'submit', textContent: '发送', data: { testid: `${prefix}-send` } })
    this.menu = make('div', { className: 'menu', data: { testid: `${prefix}-menu` }, aria: { label: '服务号菜单' } })
    const form = make('form', { className: 'compose', onsubmit: (event) => this.submit(event) },
      this.input, this.fileButton('image', '图片'), this.fileButton('voice', '语音'), send)
    this.element = make('div', { className: 'screen chat' },
      make('header', { className: 'title' }, make('h2', { textContent: account.name }), this.follow),
      this.list, form, this.menu)
  }

  setUser(user) {
    this.user = user
    this.list.replaceChildren()
    this.lines = []
    this.showFollow(user)
  }

  showFollow(user) {
    this.user = user
    this.isFollowing = Boolean(user.follows?.[this.account.appid])
    this.follow.textContent = this.isFollowing ? '已关注' : '关注'
    this.follow.title = this.isFollowing ? '点一下取消关注' : '关注这个服务号'
    this.follow.dataset.following = String(this.isFollowing)
    this.input.disabled = !this.isFollowing // who does not follow cannot write
    this.input.placeholder = this.isFollowing ? '' : '关注服务号后才能发消息'
    this.menu.classList.toggle('off', !this.isFollowing)
  }

  /** Adds what is new; a chat that became shorter was reset. */
  show(lines) {
    const known = this.lines.length
    const grewOnly = lines.length >= known && lines[known - 1]?.id === this.lines[known - 1]?.id
    const atEnd = this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight < 80
    if (!grewOnly) this.list.replaceChildren()
    const from = grewOnly ? known : 0
    const names = { me: this.user.name, account: this.account.name }
    const mediaAddress = (id) => sandbox.mediaAddress(this.user.id, this.account.appid, id)
    const handlers = { onPage: this.handlers.onPage, onMenu: (text, id) => this.say(text, id), mediaAddress }
    for (let index = from; index < lines.length; index += 1) {
      this.list.append(bubble({ line: lines[index], previous: lines[index - 1] || null, now: now(), names, handlers }))
    }
    this.lines = lines
    if (lines.length > from && (atEnd || from === 0)) this.scrollToEnd()
  }

  scrollToEnd() { this.list.scrollTop = this.list.scrollHeight }

  async submit(event) {
    event.preventDefault()
    const text = this.input.value.trim()
    if (!text) return
    this.input.value = ''
    await this.say(text)
    this.input.focus()
  }

  /** Sends the sandbox's small picture, or a second of silence. */
  fileButton(type, label) {
    return button(label, () => this.deliver({ appid: this.account.appid, type }), { testid: `${this.prefix}-send-${type}`, className: 'file' })
  }

  async say(content, menuId = '') {
    const message = { appid: this.account.appid, type: 'text', content }
    if (menuId) message.bizmsgmenuid = menuId
    await this.deliver(message)
  }

  async deliver(message) {
    try {
      // the answer only comes back with the passive reply: show the own line meanwhile
      const sent = sandbox.send(this.user.id, message)
      setTimeout(this.handlers.onChange, 150)
      await sent
    } catch (error) {
      this.handlers.onError(error)
    }
    this.handlers.onChange()
    this.scrollToEnd()
  }

  async toggleFollow() {
    await this.act(this.isFollowing ? 'unfollow' : 'follow', {})
  }

  async act(what, fields) {
    try {
      await sandbox.act(this.user.id, what, { appid: this.account.appid, ...fields })
    } catch (error) {
      this.handlers.onError(error)
    }
    this.handlers.onChange()
  }

  /** @param {object[]} buttons as menu/create took them */
  showMenu(buttons) {
    const text = JSON.stringify(buttons)
    if (text === this.menuText) return
    this.menuText = text
    this.menu.hidden = buttons.length === 0
    this.menu.replaceChildren(...buttons.map((entry) => this.menuButton(entry)))
  }

  menuButton(entry) {
    const children = entry.sub_button?.list || entry.sub_button || []
    if (!children.length) return button(entry.name, () => this.pressMenu(entry))
    const popup = make('div', { className: 'submenu', hidden: true }, ...children.map((child) => button(child.name, () => {
      popup.hidden = true
      this.pressMenu(child)
    })))
    const opener = button(`≡ ${entry.name}`, () => {
      popup.hidden = !popup.hidden
      opener.setAttribute('aria-expanded', String(!popup.hidden))
    }, { ariaExpanded: 'false' })
    return make('div', { className: 'group' }, popup, opener)
  }

  pressMenu(entry) {
    if (entry.type === 'miniprogram') this.handlers.onPage(entry.pagepath)
    const key = entry.key || entry.pagepath || entry.url
    this.act('menu', { key, type: entry.type })
  }
}
