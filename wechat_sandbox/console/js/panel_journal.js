// The last calls our server made to WeChat, newest first.
import { sandbox } from './api.js'
import { button, field, make } from './dom.js'

const SHOWN = 50

export function journalSection() {
  const filter = make('input', { type: 'search', placeholder: '例如 subscribe', data: { testid: 'journal-filter' } })
  const list = make('ol', { className: 'journal', data: { testid: 'journal-list' } })
  let entries = []
  let shownKey = ''
  const show = () => {
    const wanted = filter.value.trim().toLowerCase()
    const found = entries.filter((entry) => JSON.stringify(entry).toLowerCase().includes(wanted)).reverse()
    const key = `${wanted}|${found.map((entry) => entry.n).join()}`
    if (key === shownKey) return // an opened entry stays open
    shownKey = key
    list.replaceChildren(...found.map(describe))
    if (!found.length) list.append(make('li', { className: 'hint', textContent: '没有记录' }))
  }
  const refresh = async () => {
    entries = await sandbox.journal(SHOWN)
    show()
  }
  filter.addEventListener('input', show)
  const clear = button('清空', async () => {
    await sandbox.clearJournal()
    await refresh()
  }, { testid: 'journal-clear' })
  return { body: make('div', {}, make('div', { className: 'line-form' }, field('筛选', filter), clear), list), refresh }
}

function describe(entry) {
  const failed = entry.status >= 400 || Boolean(entry.errcode)
  const outcome = entry.errcode ? `errcode ${entry.errcode}` : String(entry.status)
  const summary = make('summary', {},
    make('span', { className: 'at', textContent: String(entry.at).slice(11, 19) }),
    make('span', { className: 'path', textContent: `${entry.method} ${entry.path}` }),
    make('span', { className: failed ? 'bad' : 'good', textContent: entry.fault ? `${outcome} · 注入` : outcome }))
  const text = JSON.stringify(entry, null, 1)
  return make('li', {}, make('details', {}, summary, make('pre', { textContent: text })))
}
