const { get, post } = require('../../utils/api')
const { longDay } = require('../../utils/days')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

/** @param {any} block */
const asCard = (block) =>
  block && { ...block, isActive: block.status === 'active', until: longDay(block.until_on), appealUntil: longDay(block.appeal_until_on) }

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, block: null, text: '' },

  onShow() {
    dress(this)
    this.reload()
  },

  reload() {
    return load(this, async () => ({ block: asCard((await get('/api/booking-block')).block) }))
  },

  /** @param {any} e */
  type(e) {
    this.setData({ text: e.detail.value })
  },

  appeal() {
    const text = this.data.text.trim()
    if (!text) return say('请写几句当时的情况')
    return once(this, async () => {
      const { block } = await post('/api/booking-block/appeal', { text })
      this.setData({ block: asCard(block), text: '' })
      say('已经收到，会尽快答复您')
    })
  },

  goChat() {
    wx.switchTab({ url: '/pages/messages/chat' })
  },
})
