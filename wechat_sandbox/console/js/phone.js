// One phone: whose it is, its three tabs, and what keeps them up to date.
import { sandbox } from './api.js'
import { Chat } from './chat.js'
import { CustomerService } from './customer_service.js'
import { now } from './clock.js'
import { button, make, showCount } from './dom.js'
import { Mini, SCENES } from './mini.js'
import { Notices } from './notices.js'
import { clockTime } from './times.js'
import { Unread } from './unread.js'

const TABS = [['chat', '服务号'], ['notices', '服务通知'], ['mini', '小程序']]

export class Phone {
  /**
   * @param {HTMLElement} holder
   * @param {{label: string, accounts: object, onUser: (id: string) => void, onUnread: (count: number) => void,
   *   onError: (error: Error) => void}} options
   */
  constructor(holder, options) {
    this.options = options
    this.holder = holder
    const { accounts, onError } = options
    this.mini = new Mini(accounts.miniprogram.appid, '/backend', (sessionFrom) => this.openCustomerService(sessionFrom))
    this.kefu = new CustomerService(accounts.miniprogram, {
      onBack: () => this.closeCustomerService(), onPage: (page) => this.openPage(page, SCENES.customerService),
      onChange: () => this.refresh(), onError,
    })
    this.chat = new Chat(accounts.service, {
      onPage: (page) => this.openPage(page, SCENES.template), onChange: () => this.refresh(), onError,
    })
    this.notices = new Notices(accounts.miniprogram.name, (page) => this.openPage(page, SCENES.notice))
    this.screens = { chat: this.chat, notices: this.notices, mini: this.mini }
    this.time = make('span', { className: 'time' })
    this.users = make('select', { data: { testid: 'user-select' }, aria: { label: `${options.label}的用户` } })
    this.users.addEventListener('change', () => options.onUser(this.users.value))
    this.tabs = Object.fromEntries(TABS.map(([name, text]) => [name, this.makeTab(name, text)]))
    holder.append(this.makeHead(), this.makeFrame())
    this.selectTab('mini')
  }

  makeTab(name, text) {
    const badge = make('b', { className: 'badge', hidden: true, data: { testid: `badge-${name}` } })
    const tab = button('', () => this.selectTab(name), { testid: `tab-${name}`, role: 'tab' })
    tab.append(text, badge)
    return { tab, badge }
  }

  makeHead() {
    const tabs = make('div', { className: 'tabs', role: 'tablist', aria: { label: this.options.label } })
    tabs.append(...Object.values(this.tabs).map(({ tab }) => tab))
    const role = make('span', { className: 'role', textContent: this.options.label.slice(0, 2) })
    return make('div', { className: 'head' }, role, this.users, tabs)
  }

  makeFrame() {
    const status = make('div', { className: 'statusbar', aria: { hidden: 'true' } },
      this.time, make('span', { className: 'signal' }, make('i'), make('i'), make('i'), make('i'), make('b')))
    const screens = [...Object.values(this.screens), this.kefu].map((screen) => screen.element)
    return make('div', { className: 'phone' }, status, make('div', { className: 'glass' }, ...screens))
  }

  setUsers(users) {
    const key = users.map(({ id, name }) => `${id} ${name}`).join()
    if (key === this.usersKey) return // an open list must not be rebuilt under the pointer
    this.usersKey = key
    const options = users.map(({ id, name }) => make('option', { value: id, textContent: name || id }))
    this.users.replaceChildren(...options)
    if (this.user) this.users.value = this.user.id
  }

  setUser(user) {
    this.user = user
    this.version = undefined
    this.users.value = user.id
    this.unread = { chat: new Unread(user.id, 'chat'), notices: new Unread(user.id, 'notices') }
    this.lines = { chat: [], notices: [] }
    this.chat.setUser(user)
    this.mini.setUser(user)
    this.kefu.setUser(user)
    this.selectTab(this.tab)
    this.holder.dataset.user = user.name
    return this.refresh()
  }

  selectTab(name) {
    this.tab = name
    for (const [other, { tab }] of Object.entries(this.tabs)) {
      tab.setAttribute('aria-selected', String(other === name))
      this.screens[other].element.hidden = other !== name
    }
    this.kefu.element.hidden = name !== 'mini' || !this.kefu.isOpen
    if (!this.user) return
    this.mini.tellVisible(name === 'mini' && !this.kefu.isOpen)
    if (name === 'mini') this.mini.open()
    else this.screens[name].scrollToEnd()
    this.showUnread()
  }

  async openCustomerService(sessionFrom) {
    await this.kefu.open(sessionFrom)
    this.selectTab(this.tab)
    this.kefu.scrollToEnd()
  }

  closeCustomerService() {
    this.kefu.isOpen = false
    this.selectTab('mini')
  }

  openPage(page, scene) {
    this.kefu.isOpen = false
    this.selectTab('mini')
    this.mini.open(page, scene)
  }

  showUnread() {
    let sum = 0
    for (const name of ['chat', 'notices']) {
      if (this.tab === name && !document.hidden) this.unread[name].markSeen(this.lines[name])
      const count = this.unread[name].count(this.lines[name])
      sum += count
      showCount(this.tabs[name].badge, count)
    }
    this.options.onUnread(sum)
  }

  /** Once a second: only asks for more when the user's version moved. */
  async poll() {
    this.time.textContent = clockTime(now())
    if (!this.user) return
    const version = await sandbox.version(this.user.id)
    if (version !== this.version) await this.refresh(version)
  }

  async refresh(version) {
    const { id } = this.user
    const [user, chat, notices, kefu] = await Promise.all([
      sandbox.user(id), sandbox.chat(id, this.chat.account.appid), sandbox.notices(id),
      this.kefu.isOpen ? sandbox.chat(id, this.kefu.account.appid) : [],
    ])
    if (this.user.id !== id) return // another user was chosen meanwhile
    if (version !== undefined) this.version = version
    this.lines = { chat, notices }
    this.chat.showFollow(user)
    this.chat.show(chat)
    if (this.kefu.isOpen) this.kefu.show(kefu)
    this.notices.show(notices)
    this.showUnread()
  }
}
