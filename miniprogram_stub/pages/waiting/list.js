const { listAll, post } = require('../../utils/api')
const { confirm, load, once, say, showProblem } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const subscribe = require('../../utils/subscribe')
const { asCard } = require('../../utils/waiting')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, offers: [], cards: [] },

  onLoad() {
    subscribe.prefetch('booking')
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => {
      const rows = (await listAll('/api/waiting')).map(asCard)
      return { offers: rows.filter((row) => row.offered), cards: rows.filter((row) => !row.offered) }
    })
  },

  /** @param {any} e */
  accept(e) {
    const { id } = e.currentTarget.dataset
    const asked = subscribe.ask('booking')
    return once(this, async () => {
      await asked
      try {
        const appointment = await post(`/api/waiting/${id}/accept`)
        getApp().globalData.appointment = appointment
        wx.redirectTo({ url: '/pages/booking/done' })
      } catch (problem) {
        // The time ran out while he was reading: show where he stands now behind the message.
        showProblem(problem)
        await this.reload()
      }
    })
  },

  /** @param {any} e */
  decline(e) {
    const { id } = e.currentTarget.dataset
    return once(this, async () => {
      await post(`/api/waiting/${id}/decline`)
      say('好的，号让给下一位，您继续等')
      await this.reload()
    })
  },

  /** @param {any} e */
  async leave(e) {
    const { id } = e.currentTarget.dataset
    const sure = await confirm('不等了吗？', '退出后，再候补要重新排队。', '不等了')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/waiting/${id}/leave`)
      say('已退出候补')
      await this.reload()
    })
  },

  goBooking() {
    open('/pages/booking/hospitals')
  },
})
