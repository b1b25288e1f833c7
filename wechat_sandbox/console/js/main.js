// Puts the page together: two phones, the bar above, the panel beside, one poll a second.
import { sandbox } from './api.js'
import { moveClock, onClockChange, refreshClock } from './clock.js'
import { showCount } from './dom.js'
import { Panel } from './panel.js'
import { Phone } from './phone.js'

const POLL_MS = 1000
// as in page.css: from here the panel has a place of its own; up to here one thing is shown at a time
const PANEL_BESIDE_PX = 1200
const ONE_AT_A_TIME_PX = 840
const RARE_EVERY = 10 // polls; users and the service account's menu change rarely
const find = (selector) => document.querySelector(selector)

const status = find('[data-testid=status]')
const say = (text) => { status.textContent = text }

/** Names for the accounts of the page; the sandbox's own answer wins. */
async function findAccounts() {
  const [settings, apps] = await Promise.all([sandbox.console().catch(() => ({})), sandbox.apps().catch(() => [])])
  const pick = (kind, appid, name) => {
    const app = apps.find((entry) => (appid ? entry.appid === appid : entry.kind === kind)) || {}
    return { appid: appid || app.appid || '', name: app.name || name }
  }
  return {
    miniprogram: pick('miniprogram', settings.miniprogram_appid, '家庭医生'),
    service: pick('service_account', settings.service_account_appid, '家庭医生服务号'),
  }
}

/** The address says whose phones are shown, so that a link shows the same to others. */
function rememberUser(role, id) {
  const url = new URL(location.href)
  url.searchParams.set(role, id)
  history.replaceState(null, '', url)
}

function makePhone(role, label, accounts, chooseUser) {
  const badge = find(`[data-show=${role}] .badge`)
  return new Phone(find(`#${role}`), {
    label,
    accounts,
    onUser: (id) => chooseUser(role, id),
    onUnread: (count) => showCount(badge, count),
    onError: (error) => say(`没有成功：${error.message}`),
  })
}

async function start() {
  const accounts = await findAccounts()
  const phones = {}
  const chooseUser = async (role, id) => {
    rememberUser(role, id)
    await phones[role].setUser(await sandbox.user(id))
  }
  phones.resident = makePhone('resident', '居民手机', accounts, chooseUser)
  phones.doctor = makePhone('doctor', '医生手机', accounts, chooseUser)
  const reloadUsers = async () => {
    const users = await sandbox.users()
    for (const phone of Object.values(phones)) phone.setUsers(users)
    return users
  }
  const panel = new Panel(find('#panel'), { accounts, phones: Object.values(phones), reloadUsers, say })
  wireBar(panel)
  onClockChange((offset) => Object.values(phones).forEach((phone) => phone.mini.tellClock(offset)))
  const asked = new URLSearchParams(location.search)
  let polls = 0

  const giveUsers = async () => {
    const users = await reloadUsers()
    const settings = await sandbox.console().catch(() => ({}))
    const known = (id) => users.find((user) => user.id === id)
    const chosen = {
      resident: known(asked.get('resident')) || known(settings.resident) || users[0],
      doctor: known(asked.get('doctor')) || known(settings.doctor) || users[1] || users[0],
    }
    for (const [role, user] of Object.entries(chosen)) if (user && !phones[role].user) await phones[role].setUser(user)
  }
  const showMenus = async () => {
    const buttons = await sandbox.menu(accounts.service.appid).catch(() => [])
    for (const phone of Object.values(phones)) phone.chat.showMenu(buttons)
  }
  const poll = async () => {
    await refreshClock()
    if (!phones.resident.user) await giveUsers() // an empty sandbox may get its users later
    if (polls % RARE_EVERY === 0) await Promise.all([showMenus(), reloadUsers()])
    polls += 1
    await Promise.all([...Object.values(phones).map((phone) => phone.poll()), panel.refresh()])
  }
  let wasGone = false
  const loop = async () => {
    try {
      await poll()
      if (wasGone) say('')
      wasGone = false
    } catch (error) {
      wasGone = true
      say(`沙盒没有回应：${error.message}`)
    }
    setTimeout(loop, POLL_MS)
  }
  await loop()
}

function wireBar(panel) {
  for (const button of document.querySelectorAll('[data-advance]')) {
    button.addEventListener('click', async () => {
      try {
        await moveClock({ advance_seconds: Number(button.dataset.advance) })
        say('')
      } catch (error) {
        say(`时间没有改变：${error.message}`)
      }
    })
  }
  const toggle = find('[data-testid=panel-toggle]')
  const setPanel = (open) => {
    document.body.classList.toggle('panel-closed', !open)
    toggle.setAttribute('aria-expanded', String(open))
    if (open) panel.refresh()
  }
  setPanel(innerWidth > PANEL_BESIDE_PX || innerWidth <= ONE_AT_A_TIME_PX)
  toggle.addEventListener('click', () => setPanel(document.body.classList.contains('panel-closed')))
  const views = document.querySelectorAll('[data-show]')
  const show = (view) => {
    document.body.dataset.view = view
    for (const button of views) button.setAttribute('aria-pressed', String(button.dataset.show === view))
    panel.refresh()
  }
  for (const button of views) button.addEventListener('click', () => show(button.dataset.show))
  show('resident')
}

start()
