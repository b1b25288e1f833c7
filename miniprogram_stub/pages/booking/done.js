const { asCard } = require('../../utils/appointments')
const { dress, shared } = require('../../utils/page')

Page({
  ...shared,
  data: { big: false, notice: '', card: null },

  onLoad() {
    const { appointment } = getApp().globalData
    if (appointment) this.setData({ card: asCard(appointment) })
    else this.goAppointments()
  },

  onShow() {
    dress(this)
  },

  /** To the list of the person it was booked for. */
  goAppointments() {
    if (this.data.card) getApp().globalData.whose = this.data.card.person.id
    wx.switchTab({ url: '/pages/appointments/list' })
  },
})
