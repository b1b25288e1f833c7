const { listAll } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { load } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, cards: [] },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ cards: (await listAll('/api/agreements')).map(asCard) }))
  },

  /** @param {any} e */
  openAgreement(e) {
    open('/pages/agreement/detail?id=' + e.currentTarget.dataset.id)
  },

  goTeams() {
    open('/pages/teams/list')
  },
})
