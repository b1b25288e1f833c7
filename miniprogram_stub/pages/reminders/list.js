const { listAll } = require('../../utils/api')
const { dayAndTime } = require('../../utils/days')
const { load, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const subscribe = require('../../utils/subscribe')

/** @type {Record<string, string>} status → colour of its tag */
const TONES = { delivered: 'good', sent: 'good', merged: 'good', phoned: 'good', failed: 'bad', unknown: 'wait', created: 'wait', sending: 'wait' }

/** @param {any} reminder */
const asCard = (reminder) => ({ ...reminder, tone: TONES[reminder.status] || '', when: dayAndTime(reminder.at) })

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, cards: [], isShort: false },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({
      cards: (await listAll('/api/reminders', 5)).map(asCard),
      isShort: await subscribe.prefetch('running_out'),
    }))
  },

  /** The dialog opens straight from this tap, with the templates that are about to run out. */
  topUp() {
    subscribe.ask('running_out').then((allowed) => {
      if (!allowed) return say('没有增加，随时可以再来')
      this.setData({ isShort: false })
      say('好的，到时候提醒您')
    })
  },

  goSettings() {
    open('/pages/reminders/settings')
  },
})
