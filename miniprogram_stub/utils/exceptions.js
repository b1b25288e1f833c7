// What else a follow-up may need: where a home visit was, that nobody was met, another day than the rule's.
const { post } = require('./api')
const { longDay, today } = require('./days')
const { once, say } = require('./feedback')

const REASONS = [
  { code: 'not_met', name: '没见到本人' },
  { code: 'refused', name: '本人不愿意' },
  { code: 'lost', name: '联系不上' },
  { code: 'moved', name: '已经搬走' },
  { code: 'dead', name: '已经去世' },
]

/** Where the phone is; without leave, or without a signal, the place in words is enough. @returns {Promise<any>} */
function location() {
  return new Promise((resolve) => {
    wx.getLocation({ type: 'gcj02', success: ({ latitude, longitude }) => resolve({ latitude, longitude }), fail: () => resolve({}) })
  })
}

/** Handlers, taken over by the page with `...exceptions`; `show` is the page's own. */
const exceptions = {
  /** @this {any} @param {any} e */
  onPlace(e) {
    this.setData({ place: e.detail.value })
  },

  /** @this {any} */
  tickLocation() {
    this.setData({ withLocation: !this.data.withLocation })
  },

  /** @this {any} */
  arrived() {
    const { id, place } = this.data
    if (!place.trim()) return say('请写上在哪里访视')
    return once(this, async () => {
      const where = this.data.withLocation ? await location() : {}
      const noted = await post(`/api/doctor/visits/${id}/arrive`, { place: place.trim(), ...where })
      this.setData({ visit: { ...this.data.visit, ...noted } })
      say('已记下到达时间')
    })
  },

  // ---- nobody was met

  /** @this {any} */
  startAbsence() {
    this.setData({ absence: { reason: '', note: '', nextOn: '' } })
  },

  /** @this {any} */
  stopAbsence() {
    if (!this.data.busy) this.setData({ absence: null, later: null })
  },

  /** @this {any} Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @this {any} @param {any} e */
  pickReason(e) {
    this.setData({ 'absence.reason': e.currentTarget.dataset.code })
  },

  /** @this {any} @param {any} e */
  onAbsenceNote(e) {
    this.setData({ 'absence.note': e.detail.value })
  },

  /** @this {any} */
  sendAbsence() {
    const { id, absence, visitedOn } = this.data
    if (!absence.reason) return say('请选没访到的原因')
    return once(this, async () => {
      /** @type {any} */
      const report = { reason: absence.reason, on: visitedOn }
      if (absence.note.trim()) report.note = absence.note.trim()
      const gone = await post(`/api/doctor/followups/${id}/not-visited`, report)
      const advice = gone.ending_hint ? '请在“我的居民”里登记去世或搬离，协议会随之终止。' : ''
      const result = { ...gone, class_label: '已记录：' + gone.followup.status_label, advice, emergency: false }
      this.setData({ absence: null })
      this.show(result)
    })
  },

  // ---- another day than the rule's

  /** @this {any} @param {any} e */
  startLater(e) {
    const { id, day } = e.currentTarget.dataset
    this.setData({ later: { id, day, reason: '', first: today() } })
  },

  /** @this {any} @param {any} e */
  onLaterDay(e) {
    this.setData({ 'later.day': e.detail.value })
  },

  /** @this {any} @param {any} e */
  onLaterReason(e) {
    this.setData({ 'later.reason': e.detail.value })
  },

  /** @this {any} */
  sendLater() {
    const { later, results } = this.data
    return once(this, async () => {
      const reason = later.reason.trim()
      const next = await post(`/api/doctor/followups/${later.id}/date`, reason ? { due_on: later.day, reason } : { due_on: later.day })
      const moved = results.map((/** @type {any} */ one) => (one.next && one.next.id === later.id ? { ...one, next, nextDay: longDay(next.due_on) } : one))
      this.setData({ later: null, results: moved })
      say('下次随访改到 ' + longDay(next.due_on))
    })
  },
}

module.exports = { REASONS, exceptions }
