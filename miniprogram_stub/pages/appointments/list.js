const { fetchMe, listAll, post } = require('../../utils/api')
const { asCard } = require('../../utils/appointments')
const { people } = require('../../utils/booking')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, bound: false, cards: [], people: [], who: '' },

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
      const family = await people()
      const { globalData } = getApp()
      const wanted = globalData.whose || this.data.who
      globalData.whose = ''
      const who = family.some((one) => one.id === wanted) ? wanted : family[0].id
      return { bound: true, people: family, who, cards: (await listAll('/api/appointments?for_id=' + who, 3)).map(asCard) }
    })
  },

  /** @param {any} e */
  ofWhom(e) {
    this.setData({ who: e.currentTarget.dataset.id })
    return this.reload()
  },

  /** @param {any} e */
  openCard(e) {
    open('/pages/appointments/detail?id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  another(e) {
    open('/pages/booking/another?id=' + e.currentTarget.dataset.id)
  },

  goBooking() {
    open('/pages/booking/hospitals')
  },

  goWaiting() {
    open('/pages/waiting/list')
  },

  /** A number kept for me, by the waiting list or by my own question. @param {any} e */
  confirmHeld(e) {
    return once(this, async () => {
      try {
        getApp().globalData.appointment = await post(`/api/appointments/${e.currentTarget.dataset.id}/confirm`)
        open('/pages/booking/done')
      } catch (problem) {
        if (problem.status) await this.reload()
        throw problem
      }
    })
  },

  /** @param {any} e */
  async letGo(e) {
    const sure = await confirm('不要这个号', '号会让给下一位。', '不要了')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/appointments/${e.currentTarget.dataset.id}/cancel`)
      say('好的')
      await this.reload()
    })
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
