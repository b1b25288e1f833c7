const { get, post } = require('../../utils/api')
const { addDays, longDay, shortDay, today } = require('../../utils/days')
const { callResident } = require('../../utils/dialling')
const { load, once, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const { takePhoto } = require('../../utils/photo')

const TABS = [
  { code: 'route', name: '路线' },
  { code: 'to_plan', name: '待安排' },
  { code: 'planned', name: '已安排' },
  { code: 'missed', name: '漏访' },
  { code: 'done', name: '已访' },
]

/** @param {any} row a HomeVisit */
function asVisit(row) {
  return {
    ...row, lastDay: shortDay(row.due_on), day: row.planned_on ? shortDay(row.planned_on) : '',
    isOpen: row.status === 'planned', isDone: row.status === 'done',
  }
}

/** A part of the day's way, door by door. @param {any} leg */
function asLeg(leg) {
  return { ...leg, doors: leg.doors.map((/** @type {any} */ door) => ({ ...door, visits: door.visits.map(asVisit) })) }
}

/** Visits of a list by the area they lie in, each area once. @param {any[]} rows */
function byArea(rows) {
  /** @type {any[]} */
  const areas = []
  for (const row of rows) {
    const name = row.area || '未登记住址'
    const known = areas.find((one) => one.name === name)
    if (known) known.rows.push(row)
    else areas.push({ name, rows: [row] })
  }
  return areas
}

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, tabs: TABS, tab: 'route',
    day: '', dayName: '', legs: [], stops: 0, windows: [], colleagues: [], counts: {}, rows: [], areas: [], next: '', picked: 0,
    planning: null, photo: '',
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ day: today(), tab: TABS.some((one) => one.code === query.tab) ? query.tab : 'route' })
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    const { tab, day } = this.data
    return load(this, async () => {
      const [route, month, mine] = await Promise.all([
        get('/api/doctor/visits/route?day=' + day),
        get('/api/doctor/visits?tab=' + (tab === 'route' ? 'to_plan' : tab)),
        get('/api/doctor/photo'),
      ])
      // Another tab was tapped meanwhile: its own answer is on the way.
      if (tab !== this.data.tab) return {}
      const legs = route.legs.map(asLeg)
      const stops = route.legs.flatMap((/** @type {any} */ leg) => leg.doors).length
      const rows = month.items.map(asVisit)
      return {
        legs, stops, windows: route.windows, colleagues: route.colleagues, dayName: shortDay(day), counts: month.counts,
        rows, areas: byArea(rows), next: month.next || '', picked: 0, photo: mine.photo || '',
      }
    })
  },

  more() {
    return once(this, async () => {
      const month = await get(`/api/doctor/visits?tab=${this.data.tab}&cursor=${encodeURIComponent(this.data.next)}`)
      const rows = this.data.rows.concat(month.items.map(asVisit))
      this.setData({ rows, areas: byArea(rows), next: month.next || '' })
    })
  },

  /** @param {any} e */
  pickTab(e) {
    this.setData({ tab: e.currentTarget.dataset.code })
    return this.reload()
  },

  /** @param {any} e */
  turn(e) {
    this.setData({ day: addDays(this.data.day, Number(e.currentTarget.dataset.days)) })
    return this.reload()
  },

  /** @param {any} e */
  callResident(e) {
    return callResident(this, e.currentTarget.dataset.resident)
  },

  /** @param {any} e */
  record(e) {
    open('/pages/doctor/complete?id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  tick(e) {
    const { id } = e.currentTarget.dataset
    const rows = this.data.rows.map((row) => (row.followup_id === id ? { ...row, on: !row.on } : row))
    this.setData({ rows, areas: byArea(rows), picked: rows.filter((row) => row.on).length })
  },

  startPlanning() {
    const [me] = this.data.colleagues
    this.setData({ planning: { day: addDays(today(), 1), first: today(), window: 'morning', visitor: me ? me.id : '' } })
  },

  stopPlanning() {
    if (!this.data.busy) this.setData({ planning: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  onDay(e) {
    this.setData({ 'planning.day': e.detail.value })
  },

  /** @param {any} e */
  pickWindow(e) {
    this.setData({ 'planning.window': e.currentTarget.dataset.code })
  },

  /** @param {any} e */
  pickVisitor(e) {
    this.setData({ 'planning.visitor': e.currentTarget.dataset.id })
  },

  plan() {
    const { planning, rows } = this.data
    return once(this, async () => {
      const ids = rows.filter((row) => row.on).map((row) => row.followup_id)
      const body = { followup_ids: ids, planned_on: planning.day, window: planning.window, visitor_id: planning.visitor }
      const done = await post('/api/doctor/visits/plan', body)
      this.setData({ planning: null, tab: 'route', day: planning.day })
      await this.reload()
      say(`已安排 ${done.planned} 户次，${longDay(planning.day)}`)
    })
  },

  keepPhoto() {
    return once(this, async () => {
      const photo = await takePhoto()
      if (!photo) return
      await post('/api/doctor/photo', { photo })
      this.setData({ photo })
      say('居民登录后会看到您的照片')
    })
  },
})
