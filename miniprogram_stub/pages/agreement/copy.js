const { get, openPdf, post } = require('../../utils/api')
const { clockTime, longDay } = require('../../utils/days')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** @param {string} at */
const moment = (at) => (at ? longDay(at) + ' ' + clockTime(at) : '')

/** @param {any} copy @returns {any} the words of the page */
function asShown(copy) {
  return {
    ...copy,
    signed: moment(copy.signed_at),
    accepted: moment(copy.accepted_at),
    receipts: copy.receipts.map((/** @type {any} */ one) => ({ ...one, when: moment(one.at) })),
  }
}

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', copy: null },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => ({ copy: asShown(await get(`/api/agreements/${this.data.id}/copy`)) }))
  },

  openCopy() {
    return once(this, async () => {
      const path = `/api/agreements/${this.data.id}/copy`
      await openPdf(path + '.pdf')
      this.setData({ copy: asShown(await post(path + '/read')) })
    })
  },

  copyAddress() {
    wx.setClipboardData({ data: this.data.copy.verify_url, success: () => say('核对网址已复制') })
  },
})
