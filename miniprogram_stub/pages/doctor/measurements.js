const { listAll } = require('../../utils/api')
const { load } = require('../../utils/feedback')
const { asRow } = require('../../utils/measure')
const { dress, open, shared } = require('../../utils/page')

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
    return load(this, async () => {
      const rows = await listAll('/api/doctor/measurements', 5)
      return { rows: rows.map((row) => ({ ...row, title: asRow(row.measurement).title, when: asRow(row.measurement).when })) }
    })
  },

  /** @param {any} event */
  look(event) {
    open('/pages/doctor/trend?id=' + event.currentTarget.dataset.resident)
  },
})
