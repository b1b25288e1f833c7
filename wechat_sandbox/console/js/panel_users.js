// New users, and what the users of the two phones allowed us to send.
import { sandbox } from './api.js'
import { field, make } from './dom.js'

export function usersSection({ phones, reloadUsers, say }) {
  const name = make('input', { required: true, maxLength: 20, data: { testid: 'new-user-name' } })
  const phone = make('input', { type: 'tel', pattern: '1[0-9]{10}', placeholder: '可不填', data: { testid: 'new-user-phone' } })
  const form = make('form', {
    className: 'grid-form',
    async onsubmit(event) {
      event.preventDefault()
      try {
        await sandbox.createUser({ name: name.value.trim(), ...(phone.value ? { phone: phone.value } : {}) })
        form.reset()
        await reloadUsers()
      } catch (error) {
        say(`没有新建：${error.message}`)
      }
    },
  }, field('新用户姓名', name), field('手机号', phone),
  make('button', { type: 'submit', textContent: '新建', data: { testid: 'new-user-add' } }))
  const balances = make('div', { data: { testid: 'balances' } })
  const refresh = async () => {
    const users = phones.map((entry) => entry.user).filter(Boolean)
    const tables = await Promise.all(users.map(async (user) =>
      table(user, await sandbox.subscriptions(user.id))))
    balances.replaceChildren(...tables)
  }
  return { body: make('div', {}, form, balances), refresh }
}

function table(user, subscriptions) {
  const used = subscriptions.filter(({ balance, long_term: longTerm, keep }) => balance || longTerm || keep)
  const rows = used.map(({ template_id: id, title, balance, long_term: longTerm, keep }) => make('tr', {},
    make('td', { textContent: title || id, title: id }),
    make('td', { textContent: longTerm ? '长期' : `${balance} 次` }),
    make('td', { textContent: { accept: '总是允许', reject: '总是拒绝' }[keep] || '' })))
  const caption = make('caption', { textContent: `${user.name} 可以收到` })
  const empty = rows.length ? [] : [make('tr', {}, make('td', { className: 'hint', textContent: '还没有授权' }))]
  return make('table', {}, caption, make('tbody', {}, ...rows, ...empty))
}
