const { listAll } = require('../../utils/api')
const { load } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, teams: [] },

  onLoad() {
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => ({ teams: await listAll('/api/teams') }))
  },

  /** @param {any} e */
  openTeam(e) {
    open('/pages/teams/detail?id=' + e.currentTarget.dataset.id)
  },
})
