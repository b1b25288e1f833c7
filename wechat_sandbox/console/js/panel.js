// The control panel: sections that open and close, each kept up to date while it can be seen.
import { make } from './dom.js'
import { accountsSection } from './panel_accounts.js'
import { clockSection } from './panel_clock.js'
import { faultsSection } from './panel_faults.js'
import { journalSection } from './panel_journal.js'
import { usersSection } from './panel_users.js'

export class Panel {
  /** @param {HTMLElement} element @param {object} context {accounts, phones, reloadUsers, say} */
  constructor(element, context) {
    const sections = [
      ['clock', '时间', clockSection], ['journal', '接口日志', journalSection], ['faults', '故障注入', faultsSection],
      ['users', '用户与订阅余额', usersSection], ['accounts', '账号与回调', accountsSection],
    ]
    this.element = element
    this.sections = sections.map(([name, title, create], index) => {
      const { body, refresh } = create(context)
      const details = make('details', { open: index < 2, data: { testid: `panel-${name}` } }, make('summary', { textContent: title }), body)
      details.addEventListener('toggle', () => { if (details.open) this.refresh() })
      element.append(details)
      return { details, refresh, title }
    })
  }

  get isVisible() { return this.element.offsetParent !== null }

  async refresh() {
    if (!this.isVisible) return
    await Promise.all(this.sections.filter(({ details }) => details.open).map(({ refresh }) => refresh?.()))
  }
}
