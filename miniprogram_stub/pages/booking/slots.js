const { get, listAll, post } = require('../../utils/api')
const { asSlot, daysOf, NEEDS, people } = require('../../utils/booking')
const { clockTime } = require('../../utils/days')
const { load, once, say, showProblem } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const subscribe = require('../../utils/subscribe')

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, hospital: '', name: '', all: [], slots: [],
    asking: null, kept: '', people: [], who: '', departments: [], department: '', needs: [], kind: '', days: [], day: '',
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ hospital: query.hospital, kind: query.kind || '', name: query.name ? decodeURIComponent(query.name) : '' })
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
    const { hospital } = this.data
    return load(this, async () => {
      const [family, { items: departments }, slots] = await Promise.all([
        people(),
        get(`/api/hospitals/${hospital}/departments`),
        listAll('/api/slots?hospital_id=' + hospital),
      ])
      const all = slots.map(asSlot)
      const kinds = new Set(all.map((slot) => slot.kind))
      const needs = NEEDS.filter((need) => !need.kind || kinds.has(need.kind))
      const who = this.data.who || family[0].id
      return { people: family, who, departments, needs, days: daysOf(this.chosen({ all, day: '' })), all, slots: this.chosen({ all }) }
    })
  },

  /** What is left of all after the three choices. @param {any} changed */
  chosen(changed) {
    const { all, department, kind, day } = { ...this.data, ...changed }
    return all.filter(
      (/** @type {any} */ slot) =>
        (!department || slot.department_id === department) && (!kind || slot.kind === kind) && (!day || slot.starts_at.startsWith(day)),
    )
  },

  /** @param {any} e */
  narrow(e) {
    const { what, value } = e.currentTarget.dataset
    /** @type {any} */
    const now = this.data
    /** @type {any} */
    const changed = { [what]: now[what] === value ? '' : value }
    if (what !== 'day') changed.day = ''
    this.setData({ ...changed, slots: this.chosen(changed), days: daysOf(this.chosen({ ...changed, day: '' })) })
  },

  /** @param {any} e */
  forWhom(e) {
    this.setData({ who: e.currentTarget.dataset.id })
  },

  /** The place is kept while the question is on the screen. @param {any} e */
  choose(e) {
    const slot = this.data.all.find((/** @type {any} */ item) => item.id === e.currentTarget.dataset.id)
    if (!slot.bookable) return say(slot.why_not || '这个时间不能预约')
    return once(this, async () => {
      try {
        const held = await post('/api/appointments/hold', { slot_id: slot.id, for_id: this.data.who })
        if (held.status !== 'held') return say('这个号已经约好了，请到“我的预约”查看')
        const whom = this.data.people.find((/** @type {any} */ one) => one.id === this.data.who)
        this.setData({ asking: { ...slot, held, whom: whom.label }, kept: clockTime(held.hold_until_at), notice: '' })
      } catch (problem) {
        if (problem.code === 'booking_blocked') return open('/pages/booking/blocked')
        if (problem.status) this.reload()
        throw problem
      }
      return undefined
    })
  },

  /** Get in line for a full department. @param {any} e */
  wait(e) {
    const slot = this.data.all.find((/** @type {any} */ item) => item.id === e.currentTarget.dataset.id)
    open(`/pages/waiting/join?department=${slot.department_id}&day=${slot.starts_at.slice(0, 10)}&for=${this.data.who}`)
  },

  notNow() {
    if (this.data.busy || !this.data.asking) return undefined
    const { held } = this.data.asking
    this.setData({ asking: null })
    return post(`/api/appointments/${held.id}/cancel`).then(() => this.reload(), () => {})
  },

  onUnload() {
    const asking = this.data.asking
    if (asking) post(`/api/appointments/${asking.held.id}/cancel`).catch(() => {})
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  book() {
    const { held } = this.data.asking
    const asked = subscribe.ask('booking')
    return once(this, async () => {
      await asked
      try {
        const appointment = await post(`/api/appointments/${held.id}/confirm`)
        this.setData({ asking: null })
        getApp().globalData.appointment = appointment
        wx.redirectTo({ url: '/pages/booking/done' })
      } catch (problem) {
        if (!problem.status) throw problem
        // Too late: the place went back, show what is left behind the message.
        this.setData({ asking: null })
        this.reload()
        showProblem(problem)
      }
    })
  },
})
