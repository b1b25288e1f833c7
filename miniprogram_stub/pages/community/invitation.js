const { listAll, post } = require('../../utils/api')
const { confirm, load, once } = require('../../utils/feedback')
const { call, dress, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', row: null },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const rows = await listAll('/api/communities', 2)
      return { row: rows.find((item) => item.id === this.data.id) || null }
    })
  },

  join() {
    const { row } = this.data
    open(`/pages/teams/detail?id=${row.team.id}&community=${row.id}`)
  },

  async notJoin() {
    const sure = await confirm('不参加', '单位不会知道您没有参加。以后想签，随时可以再来。', '不参加')
    if (!sure) return
    await once(this, async () => {
      this.setData({ row: await post(`/api/communities/${this.data.id}/decline`) })
    })
  },

  callTeam() {
    call(this.data.row.team.phone)
  },
})
