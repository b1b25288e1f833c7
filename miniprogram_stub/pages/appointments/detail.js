const { get, post } = require('../../utils/api')
const { asCard } = require('../../utils/appointments')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')

const SECONDS = 1000

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', card: null },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id })
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ card: asCard(await get('/api/appointments/' + this.data.id)) }))
  },

  /** Into the phone's own calendar. */
  toCalendar() {
    const { card } = this.data
    wx.addPhoneCalendar({
      title: `就诊：${card.hospital.name}`,
      startTime: new Date(card.starts_at).getTime() / SECONDS,
      endTime: String(new Date(card.ends_at).getTime() / SECONDS),
      location: `${card.hospital.address} ${card.floor}`,
      description: `第${card.number}号，请带身份证${card.bring ? '、' + card.bring : ''}`,
      alarmOffset: 7200,
      success: () => say('已放进手机日历'),
      fail: () => say('没有放进日历，请允许使用日历'),
    })
  },

  another() {
    open('/pages/booking/another?id=' + this.data.id)
  },

  async cancel() {
    const { card } = this.data
    const words = card.can_cancel
      ? '取消后，号会让给别人。'
      : '已过取消时间，会记一次“过时取消”。30天内满3次算一次爽约。真去不了，取消了也好。'
    const sure = await confirm('取消预约', `${card.day} ${card.hospital.name}\n${words}`, '取消预约')
    if (!sure) return
    await once(this, async () => {
      if (card.can_cancel) await post(`/api/appointments/${card.id}/cancel`)
      else await post(`/api/appointments/${card.id}/cancel-late`)
      say('已取消')
      await this.reload()
    })
  },
})
