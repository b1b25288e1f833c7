const { listAll } = require('../../utils/api')
const { dayAndTime } = require('../../utils/days')
const { load } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** @type {Record<string, string>} status → colour of its tag */
const TONES = { delivered: 'good', sent: 'good', failed: 'bad', unknown: 'wait' }

/** @param {any} reminder */
const asCard = (reminder) => ({ ...reminder, tone: TONES[reminder.status] || '', when: dayAndTime(reminder.at) })

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
    return load(this, async () => ({ cards: (await listAll('/api/reminders', 5)).map(asCard) }))
  },
})
