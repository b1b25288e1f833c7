const { get, post } = require('../../utils/api')
const { longDay, shortDay, today } = require('../../utils/days')
const { callResident } = require('../../utils/dialling')
const { confirm, load, once, say } = require('../../utils/feedback')
const { asRow } = require('../../utils/followups')
const { answered, answersOf, partsOf, sharedKeys } = require('../../utils/form')
const { dress, open, shared } = require('../../utils/page')

const AT_HOME = ['home_visit', 'special']
const REASONS = [
  { code: 'not_met', name: '没见到本人' },
  { code: 'refused', name: '本人不愿意' },
  { code: 'lost', name: '联系不上' },
  { code: 'moved', name: '已经搬走' },
  { code: 'dead', name: '已经去世' },
]

/** What the hospital told; after an outpatient visit there is nothing. @param {string} id */
async function dischargeOf(id) {
  try {
    return await get(`/api/doctor/followups/${id}/discharge`)
  } catch (problem) {
    if (problem.status === 404) return null
    throw problem
  }
}

/** Where the phone is; without leave, or without a signal, the place in words is enough. @returns {Promise<any>} */
function location() {
  return new Promise((resolve) => {
    wx.getLocation({ type: 'gcj02', success: ({ latitude, longitude }) => resolve({ latitude, longitude }), fail: () => resolve({}) })
  })
}

/** A form of the server, ready to be filled in. @param {any} form @param {any[]} others its neighbours' fields */
function begun(form, others) {
  const { followup, fields, values, last } = form
  return {
    id: followup.id, title: followup.title, fields, values: { ...values }, begun: Object.keys(values),
    last: last ? last.values : null, shared: sharedKeys(fields, others), isOpen: false, problems: {},
  }
}

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', row: null, methods: [], method: '',
    lastLine: '', together: [], visitedOn: '', lastDay: '', note: '', discharge: null, visit: null, place: '', withLocation: false, parts: [],
    result: null, results: [], nextDay: '', reasons: REASONS, absence: null, later: null,
  },

  /** @type {any[]} what is filled in, a form for each programme */
  forms: [],

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id, visitedOn: today(), lastDay: today() })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const form = await get(`/api/doctor/followups/${this.data.id}/form`)
      const row = asRow(form.followup)
      const isAtHome = AT_HOME.includes(row.kind)
      const discharge = row.kind === 'discharge' ? await dischargeOf(row.id) : null
      const visit = isAtHome ? await get(`/api/doctor/visits/${row.id}`) : null
      if (this.forms.length === 0) this.forms = [begun(form, [])]
      const { last } = form
      return {
        row, methods: form.methods, method: isAtHome ? 'home' : this.data.method, discharge, visit,
        place: this.data.place || (visit ? visit.place || visit.address : ''),
        lastLine: last ? `上次 ${shortDay(last.visited_on)}${last.class_label ? '：' + last.class_label : ''}` : '第一次随访',
        together: form.together.map((one) => ({ ...one, on: this.forms.some((known) => known.id === one.id) })),
        parts: this.drawn(),
      }
    })
  },

  drawn() {
    return this.forms.map((form) => ({ id: form.id, title: form.title, isOpen: form.isOpen, ...partsOf(form) }))
  },

  /** @param {any} e */
  pickMethod(e) {
    this.setData({ method: e.currentTarget.dataset.code })
  },

  /** @param {any} e */
  onDate(e) {
    this.setData({ visitedOn: e.detail.value })
  },

  /** @param {any} e */
  onNote(e) {
    this.setData({ note: e.detail.value })
  },

  /** @param {any} e */
  onValue(e) {
    const { form, key } = e.currentTarget.dataset
    const { values, problems } = this.forms[form]
    values[key] = e.detail.value
    // The letters stay in the field as they are typed; only what a mistake hid is drawn again.
    if (problems[key]) {
      delete problems[key]
      this.setData({ parts: this.drawn() })
    }
  },

  /** @param {any} e */
  onDay(e) {
    const { form, key } = e.currentTarget.dataset
    this.forms[form].values[key] = e.detail.value
    this.setData({ parts: this.drawn() })
  },

  /** @param {any} e */
  pick(e) {
    const { form, key, code } = e.currentTarget.dataset
    const { fields, values } = this.forms[form]
    const field = fields.find((one) => one.key === key)
    values[key] = answered(field, values[key], code)
    this.setData({ parts: this.drawn() })
  },

  /** @param {any} e */
  onMedicine(e) {
    const { form, key, index, part } = e.currentTarget.dataset
    const rows = this.forms[form].values[key].map((one) => ({ ...one }))
    rows[index][part] = e.detail.value
    this.forms[form].values[key] = rows
  },

  /** @param {any} e */
  addMedicine(e) {
    const { form, key } = e.currentTarget.dataset
    const { values } = this.forms[form]
    values[key] = (values[key] || []).concat({ name: '', times: 1, dose: '', unit: 'mg' })
    this.setData({ parts: this.drawn() })
  },

  /** @param {any} e */
  dropMedicine(e) {
    const { form, key, index } = e.currentTarget.dataset
    this.forms[form].values[key].splice(index, 1)
    this.setData({ parts: this.drawn() })
  },

  /** @param {any} e */
  openAll(e) {
    const { form } = e.currentTarget.dataset
    this.forms[form].isOpen = !this.forms[form].isOpen
    this.setData({ parts: this.drawn() })
  },

  /** A second programme in the same encounter. @param {any} e */
  join(e) {
    const { id } = e.currentTarget.dataset
    return once(this, async () => {
      const known = this.forms.findIndex((form) => form.id === id)
      if (known > 0) this.forms.splice(known, 1)
      else this.forms.push(begun(await get(`/api/doctor/followups/${id}/form`), this.forms[0].fields))
      const together = this.data.together.map((one) => (one.id === id ? { ...one, on: known < 0 } : one))
      this.setData({ together, parts: this.drawn() })
    })
  },

  /** @param {any} e */
  callResident(e) {
    return callResident(this, e.currentTarget.dataset.resident)
  },

  /** @param {any} e */
  onPlace(e) {
    this.setData({ place: e.detail.value })
  },

  tickLocation() {
    this.setData({ withLocation: !this.data.withLocation })
  },

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

  submit() {
    if (!this.data.method) {
      say('请选随访方式')
      return undefined
    }
    return once(this, () => this.send(false))
  },

  /** @param {boolean} confirmed what is unusual was looked at */
  async send(confirmed) {
    const { id, method, note, visitedOn } = this.data
    const [first, ...others] = this.forms
    /** @type {any} */
    const report = { visited_on: visitedOn, method, values: answersOf(first), confirmed }
    if (others.length) report.also = others.map((form) => ({ followup_id: form.id, values: answersOf(form, first) }))
    if (note.trim()) report.note = note.trim()
    try {
      this.show(await post(`/api/doctor/followups/${id}/complete`, report))
    } catch (problem) {
      await this.mend(problem)
    }
  },

  /** Unusual values are asked about, wrong ones are marked. @param {any} problem */
  async mend(problem) {
    const found = (problem.details && problem.details.problems) || []
    if (problem.code === 'confirmation_needed') {
      const sure = await confirm('请核对', found.map((one) => one.message).join('；'), '没有错')
      if (sure) await this.send(true)
      return
    }
    if (problem.code !== 'measurement_invalid') throw problem
    for (const form of this.forms) form.problems = {}
    for (const one of found) {
      const form = this.forms.find((known) => known.fields.some((field) => field.key === one.field && !known.shared.includes(one.field)))
      if (form) form.problems[one.field] = one.message
    }
    this.setData({ parts: this.drawn() })
    say(problem.title)
  },

  /** @param {any} result */
  show(result) {
    const results = [result].concat(result.also || []).map((one) => ({
      ...one, title: one.followup.title, nextDay: one.next ? longDay(one.next.due_on) : '', checkDay: longDay(one.check_on),
    }))
    const emergency = results.find((one) => one.emergency)
    this.setData({ notice: '', result: emergency || result, results, emergency: Boolean(emergency) })
    wx.setNavigationBarTitle({ title: emergency ? '紧急处理' : '随访完成' })
    wx.pageScrollTo({ scrollTop: 0, duration: 0 })
  },

  refer() {
    open('/pages/doctor/refer?id=' + this.data.row.resident.id)
  },

  // ---- nobody was met

  startAbsence() {
    this.setData({ absence: { reason: '', note: '', nextOn: '' } })
  },

  stopAbsence() {
    if (!this.data.busy) this.setData({ absence: null, later: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  pickReason(e) {
    this.setData({ 'absence.reason': e.currentTarget.dataset.code })
  },

  /** @param {any} e */
  onAbsenceNote(e) {
    this.setData({ 'absence.note': e.detail.value })
  },

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

  /** @param {any} e */
  startLater(e) {
    const { id, day } = e.currentTarget.dataset
    this.setData({ later: { id, day, reason: '', first: today() } })
  },

  /** @param {any} e */
  onLaterDay(e) {
    this.setData({ 'later.day': e.detail.value })
  },

  /** @param {any} e */
  onLaterReason(e) {
    this.setData({ 'later.reason': e.detail.value })
  },

  sendLater() {
    const { later, results } = this.data
    return once(this, async () => {
      const reason = later.reason.trim()
      const next = await post(`/api/doctor/followups/${later.id}/date`, reason ? { due_on: later.day, reason } : { due_on: later.day })
      const moved = results.map((one) => (one.next && one.next.id === later.id ? { ...one, next, nextDay: longDay(next.due_on) } : one))
      this.setData({ later: null, results: moved })
      say('下次随访改到 ' + longDay(next.due_on))
    })
  },

  back() {
    wx.navigateBack({ fail: () => wx.redirectTo({ url: '/pages/doctor/day' }) })
  },
})
