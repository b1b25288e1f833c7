const { get, listAll } = require('../../utils/api')
const { load, once } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { asService } = require('../../utils/rights')

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
    return load(this, async () => ({ rows: (await listAll('/api/services', 5)).map(asService) }))
  },

  /** @param {any} e */
  openPhoto(e) {
    const index = this.data.rows.findIndex((/** @type {any} */ item) => item.id === e.currentTarget.dataset.id)
    const row = this.data.rows[index]
    if (!row || !row.has_photo || row.photo) return undefined
    return once(this, async () => {
      const whole = await get('/api/services/' + row.id)
      this.setData({ [`rows[${index}]`]: asService(whole) })
    })
  },
})
