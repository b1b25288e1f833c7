const { get, fetchMe } = require('../../utils/api')
const { currentCard } = require('../../utils/agreements')
const { longDay, shortDay, dayAndTime } = require('../../utils/days')
const { isQuiet, tilesOf } = require('../../utils/desk')
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

const TODAY = ['conversations', 'agreements', 'followups']

/**
 * What a doctor should see in the morning before anything else. Without an answer (in no team yet, say) the page
 * still opens.
 * @param {any} me @returns {Promise<any>}
 */
async function deskOf(me) {
  if (!me.staff) return null
  try {
    const tiles = tilesOf(await get('/api/doctor/home'))
    return { cells: tiles.filter((tile) => TODAY.includes(tile.id)), quiet: isQuiet(tiles) }
  } catch {
    return null
  }
}

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, me: null, desk: null, card: null, draft: null, transfer: null, transferDay: '', coming: [], phone: '' },

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
      if (!me.bound) return { me, desk: await deskOf(me), card: null, draft: null, transfer: null, coming: [], phone: '' }
      const paths = ['/api/agreements', '/api/followups', '/api/appointments', '/api/agreements/draft', '/api/transfer']
      const [desk, ...lists] = await Promise.all([deskOf(me), ...paths.map(get)])
      const [agreements, followups, appointments] = lists.map((list) => list.items)
      const card = currentCard(agreements)
      const [draft, transfer] = [lists[3].draft, lists[4].transfer]
      return { me, desk, card, draft, transfer, transferDay: transfer ? longDay(transfer.move_on) : '', coming: comingUp(followups, appointments), phone: card ? card.team.phone : '' }
    })
  },

  goTeams() {
    open('/pages/teams/list')
  },

  goAgreement() {
    open('/pages/agreement/detail?id=' + this.data.card.id)
  },

  goDraft() {
    const { draft } = this.data
    open(`/pages/sign/sign?team=${draft.team.id}&package=${draft.package.id}`)
  },

  goTransfer() {
    open('/pages/transfer/transfer')
  },

  goRenew() {
    open('/pages/renew/renew?id=' + this.data.card.id)
  },

  goConfirm() {
    open('/pages/renew/confirm?id=' + this.data.card.id)
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
    open('/pages/doctor/day')
  },

  /** @param {any} e */
  goCell(e) {
    open(e.currentTarget.dataset.url)
  },

  callTeam() {
    call(this.data.phone)
  },
})
