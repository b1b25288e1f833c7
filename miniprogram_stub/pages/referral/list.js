const { listAll } = require('../../utils/api')
const { load } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const { asReferral } = require('../../utils/referrals')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, rows: [] },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ rows: (await listAll('/api/referrals', 2)).map(asReferral) }))
  },

  /** @param {any} e */
  openOne(e) {
    open('/pages/referral/referral?id=' + e.currentTarget.dataset.id)
  },

  reportEmergency() {
    open('/pages/referral/emergency')
  },
})
