const { listAll } = require('../../utils/api')
const { dayAndTime } = require('../../utils/days')
const { load } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** @type {Record<string, string>} status → colour of its tag */
const TONES = { delivered: 'good', sent: 'good', merged: 'good', phoned: 'good', failed: 'bad', unknown: 'wait' }

/** @param {any} row */
const asRow = (row) => ({ ...row, tone: TONES[row.status] || '', when: dayAndTime(row.at) })

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, rows: [], name: '' },
  resident: '',

  /** @param {any} query */
  onLoad(query) {
    this.resident = query.resident || ''
    this.setData({ name: decodeURIComponent(query.name || '') })
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ rows: (await listAll(`/api/doctor/residents/${this.resident}/notices`, 5)).map(asRow) }))
  },
})
