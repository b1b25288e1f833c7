const { fetchMe, listAll, post } = require('../../utils/api')
const { asCard } = require('../../utils/appointments')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, bound: false, cards: [] },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => {
      const me = await fetchMe()
      if (!me.bound) return { bound: false, cards: [] }
      return { bound: true, cards: (await listAll('/api/appointments', 3)).map(asCard) }
    })
  },

  goBooking() {
    open('/pages/booking/hospitals')
  },

  /** @param {any} e */
  async cancel(e) {
    const card = this.data.cards.find((item) => item.id === e.currentTarget.dataset.id)
    const sure = await confirm('取消预约', `${card.day} ${card.hospital.name}\n取消后，号会让给别人。`, '取消预约')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/appointments/${card.id}/cancel`)
      say('已取消')
      await this.reload()
    })
  },
})
