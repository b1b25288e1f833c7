const { listAll, post } = require('../../utils/api')
const { clockTime, shortDay } = require('../../utils/days')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const subscribe = require('../../utils/subscribe')

/** @param {any} slot */
const asCard = (slot) => ({
  ...slot,
  day: shortDay(slot.starts_at),
  time: `${clockTime(slot.starts_at)} 至 ${clockTime(slot.ends_at)}`,
})

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, hospital: '', name: '', slots: [], asking: null,
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ hospital: query.hospital, name: query.name ? decodeURIComponent(query.name) : '' })
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
    return load(this, async () => ({ slots: (await listAll('/api/slots?hospital_id=' + this.data.hospital)).map(asCard) }))
  },

  /** @param {any} e */
  choose(e) {
    const slot = this.data.slots.find((item) => item.id === e.currentTarget.dataset.id)
    if (!slot.bookable) return say(slot.why_not || '这个时间不能预约')
    this.setData({ asking: slot, notice: '' })
    return undefined
  },

  notNow() {
    if (!this.data.busy) this.setData({ asking: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  book() {
    const slot = this.data.asking
    const asked = subscribe.ask('booking')
    return once(this, async () => {
      await asked
      try {
        const appointment = await post('/api/appointments', { slot_id: slot.id })
        getApp().globalData.appointment = appointment
        wx.redirectTo({ url: '/pages/booking/done' })
      } catch (problem) {
        // Somebody was faster: show what is left behind the message.
        if (problem.status) {
          this.setData({ asking: null })
          this.reload()
        }
        throw problem
      }
    })
  },
})
