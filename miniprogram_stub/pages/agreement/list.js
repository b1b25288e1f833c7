const { listAll } = require('../../utils/api')
const { asCard } = require('../../utils/agreements')
const { load } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, cards: [], informed: false },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({
      cards: (await listAll('/api/agreements')).map(asCard),
      informed: (await listAll('/api/informed-notices', 1)).length > 0,
    }))
  },

  /** @param {any} e */
  openAgreement(e) {
    open('/pages/agreement/detail?id=' + e.currentTarget.dataset.id)
  },

  goNotices() {
    open('/pages/notice/list')
  },

  goTeams() {
    open('/pages/teams/list')
  },
})
