const { get, fetchMe } = require('../../utils/api')
const { currentCard } = require('../../utils/agreements')
const { shortDay, dayAndTime } = require('../../utils/days')
const { load } = require('../../utils/feedback')
const { dress, call, open, shared } = require('../../utils/page')

/** The next thing on the calendar of each kind, as one line. @param {any[]} followups @param {any[]} appointments */
function comingUp(followups, appointments) {
  const followup = followups.find((f) => f.status === 'planned')
  const appointment = appointments.filter((a) => a.status === 'booked').sort((a, b) => (a.starts_at < b.starts_at ? -1 : 1))[0]
  const lines = []
  if (appointment) {
    const text = `${appointment.hospital.name} ${appointment.department}`
    lines.push({ id: 'appointment', day: dayAndTime(appointment.starts_at), text, url: '/pages/appointments/list' })
  }
  if (followup) {
    const day = followup.overdue ? '请尽快联系团队' : `${shortDay(followup.due_on)} 前后`
    lines.push({ id: 'followup', day, text: followup.title, url: '/pages/followups/list' })
  }
  return lines
}

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, me: null, card: null, coming: [], phone: '' },

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
      if (!me.bound) return { me, card: null, coming: [], phone: '' }
      const lists = await Promise.all(['/api/agreements', '/api/followups', '/api/appointments'].map(get))
      const [agreements, followups, appointments] = lists.map((list) => list.items)
      const card = currentCard(agreements)
      return { me, card, coming: comingUp(followups, appointments), phone: card ? card.team.phone : '' }
    })
  },

  goTeams() {
    open('/pages/teams/list')
  },

  goAgreement() {
    open('/pages/agreement/detail?id=' + this.data.card.id)
  },

  goRenew() {
    open('/pages/renew/renew?id=' + this.data.card.id)
  },

  /** @param {any} e */
  goComing(e) {
    const { url } = e.currentTarget.dataset
    if (url === '/pages/appointments/list') wx.switchTab({ url })
    else open(url)
  },

  goChat() {
    wx.switchTab({ url: '/pages/messages/chat' })
  },

  goDesk() {
    open('/pages/doctor/home')
  },

  callTeam() {
    call(this.data.phone)
  },
})
