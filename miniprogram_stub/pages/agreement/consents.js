const { get, post } = require('../../utils/api')
const { longDay } = require('../../utils/days')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** @param {any} one a Consent @returns {any} */
const asRow = (one) => ({ ...one, given: longDay(one.given_at), withdrawn: longDay(one.withdrawn_at) })

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', rows: [] },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  path() {
    return `/api/agreements/${this.data.id}/consents`
  },

  reload() {
    return load(this, async () => ({ rows: (await get(this.path())).items.map(asRow) }))
  },

  /** @param {any} e */
  async decide(e) {
    const row = this.data.rows.find((/** @type {any} */ one) => one.key === e.currentTarget.dataset.key)
    const stands = !row.stands
    if (!stands) {
      const sure = await confirm('撤回同意', row.effect, '撤回')
      if (!sure) return undefined
    }
    return once(this, async () => {
      const { items } = await post(this.path(), { key: row.key, stands })
      this.setData({ rows: items.map(asRow) })
      say(stands ? '已重新同意' : '已撤回')
    })
  },
})
