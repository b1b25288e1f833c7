const { get, listAll, post } = require('../../utils/api')
const { asCard } = require('../../utils/appointments')
const { asSlot } = require('../../utils/booking')
const { confirm, load, once, say, showProblem } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', card: null, slots: [] },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
  },

  onShow() {
    dress(this)
    this.reload()
  },

  reload() {
    return load(this, async () => {
      const card = asCard(await get('/api/appointments/' + this.data.id))
      const near = await listAll(`/api/slots?department_id=${card.department_id}&kind=${card.kind}`)
      const slots = near.map(asSlot).filter((slot) => slot.bookable && slot.starts_at !== card.starts_at)
      return { card, slots }
    })
  },

  /** @param {any} e */
  async choose(e) {
    const slot = this.data.slots.find((/** @type {any} */ item) => item.id === e.currentTarget.dataset.id)
    const sure = await confirm('改到这个时间', `${slot.day} ${slot.time}\n${slot.department} ${slot.specialist.name}`, '改到这天')
    if (!sure) return
    await once(this, async () => {
      try {
        const appointment = await post(`/api/appointments/${this.data.id}/move`, { slot_id: slot.id })
        getApp().globalData.appointment = appointment
        wx.redirectTo({ url: '/pages/booking/done' })
      } catch (problem) {
        if (!problem.status) throw problem
        // The old time stays; show what is left behind the message.
        this.reload()
        showProblem(problem)
      }
    })
  },

  async giveUp() {
    const sure = await confirm('不再预约', '这次就不约了，对您没有任何影响。', '不约了')
    if (!sure) return
    await once(this, async () => {
      await post(`/api/appointments/${this.data.id}/cancel`)
      say('好的')
      wx.switchTab({ url: '/pages/appointments/list' })
    })
  },
})
