const { listAll } = require('../../utils/api')
const { callResident } = require('../../utils/dialling')
const { load } = require('../../utils/feedback')
const { asRow } = require('../../utils/followups')
const { dress, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, rows: [] },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ rows: (await listAll('/api/doctor/followups', 5)).map(asRow) }))
  },

  /** @param {any} e */
  callResident(e) {
    return callResident(this, e.currentTarget.dataset.resident)
  },

  /** @param {any} e */
  complete(e) {
    open('/pages/doctor/complete?id=' + e.currentTarget.dataset.id)
  },
})
