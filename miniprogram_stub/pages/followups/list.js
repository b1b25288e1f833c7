const { get, listAll } = require('../../utils/api')
const { currentCard } = require('../../utils/agreements')
const { longDay, shortDay } = require('../../utils/days')
const { load, say } = require('../../utils/feedback')
const { dress, call, shared } = require('../../utils/page')
const subscribe = require('../../utils/subscribe')

/** @param {any} followup */
const asCard = (followup) => ({
  ...followup,
  isOpen: followup.status === 'planned',
  tone: followup.overdue ? 'bad' : followup.status === 'planned' ? 'wait' : followup.status === 'done' ? 'good' : '',
  label: followup.overdue ? '已过期，请联系团队' : followup.status_label,
  due: shortDay(followup.due_on),
  windowEnd: shortDay(followup.window_end_on),
  lastLine: followup.last ? `上次（${longDay(followup.last.visited_on)}）血压 ${followup.last.systolic}/${followup.last.diastolic}` : '',
})

const AT_HOME = ['home_visit', 'special', 'home_bed'] // somebody comes: nothing to bring

/** Where to go and what to bring, without a word about the illness. @param {any} row @param {any} team */
const withPlace = (row, team) => {
  if (!row.isOpen || !team) return { ...row, place: '', bring: '' }
  if (AT_HOME.includes(row.kind)) return { ...row, place: '在家等候，上门前会与您联系', bring: '' }
  return { ...row, place: [team.organisation, team.address].filter(Boolean).join('，'), bring: '身份证、医保卡、正在吃的药和检查单' }
}

/** @param {any} visit who comes to see me */
const asVisit = (visit) => ({ ...visit, day: shortDay(visit.planned_on) })

Page({
  ...shared,
  data: { big: false, notice: '', state: 'loading', problem: '', needsLogin: false, visits: [], cards: [], phone: '' },

  onLoad() {
    subscribe.prefetch('followup')
    subscribe.prefetch('followup_long')
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
      const [followups, agreements, visits] = await Promise.all([listAll('/api/followups', 3), get('/api/agreements'), get('/api/visits')])
      const card = currentCard(agreements.items)
      const team = card ? await get('/api/teams/' + card.team.id) : null
      return { visits: visits.items.map(asVisit), cards: followups.map((row) => withPlace(asCard(row), team)), phone: card ? card.team.phone : '' }
    })
  },

  async allowReminder() {
    const allowed = await subscribe.ask('followup')
    say(allowed ? '好的，下次随访前会提醒您' : '没有打开提醒。需要时可再点一次')
  },

  /** Long-term consent: one accept, reminders until it is taken back. */
  async allowAlways() {
    const allowed = await subscribe.ask('followup_long')
    say(allowed ? '好的，以后每次随访前都会提醒您' : '没有打开长期提醒。需要时可再点一次')
  },

  callTeam() {
    call(this.data.phone)
  },
})
