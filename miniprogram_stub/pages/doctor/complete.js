const { answering } = require('../../utils/answering')
const { get, post } = require('../../utils/api')
const { longDay, shortDay, today } = require('../../utils/days')
const { callResident } = require('../../utils/dialling')
const { confirm, load, once, say } = require('../../utils/feedback')
const { asRow } = require('../../utils/followups')
const { REASONS, exceptions } = require('../../utils/exceptions')
const { answersOf, partsOf, sharedKeys } = require('../../utils/form')
const { dress, open, shared } = require('../../utils/page')
const prefill = require('../../utils/prefill')

const AT_HOME = ['home_visit', 'special']
/** What the hospital told; after an outpatient visit there is nothing. @param {string} id */
async function dischargeOf(id) {
  try {
    return await get(`/api/doctor/followups/${id}/discharge`)
  } catch (problem) {
    if (problem.status === 404) return null
    throw problem
  }
}

/** A form of the server, ready to be filled in. @param {any} form @param {any[]} others its neighbours' fields */
function begun(form, others) {
  const { followup, fields, values, last } = form
  return {
    id: followup.id, title: followup.title, fields, values: { ...values }, begun: Object.keys(values),
    last: last ? last.values : null, shared: sharedKeys(fields, others), isOpen: false, problems: {},
  }
}

/** What is said of the visit before, or of this one once it is done. @param {any} last @param {boolean} isDone */
function lastOf(last, isDone) {
  if (!last) return { isDone, advice: '', lastLine: '第一次随访' }
  const result = last.class_label ? '：' + last.class_label : ''
  return { isDone, advice: last.advice, lastLine: `${isDone ? '已完成' : '上次'} ${shortDay(last.visited_on)}${result}` }
}

Page({
  ...shared,
  ...answering,
  ...exceptions,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', row: null, methods: [], method: '',
    lastLine: '', advice: '', isDone: false, together: [], visitedOn: '', lastDay: '', note: '', discharge: null, visit: null, place: '', withLocation: false, parts: [],
    result: null, results: [], nextDay: '', reasons: REASONS, absence: null, later: null,
  },

  /** @type {any[]} what is filled in, a form for each programme */
  forms: [],

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id, visitedOn: today(), lastDay: today(), note: prefill.take() })
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
      return {
        row, methods: form.methods, method: isAtHome ? 'home' : this.data.method, discharge, visit,
        place: this.data.place || (visit ? visit.place || visit.address : ''),
        ...lastOf(form.last, row.status === 'done'),
        together: form.together.map((/** @type {any} */ one) => ({ ...one, on: this.forms.some((known) => known.id === one.id) })),
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
      const sure = await confirm('请核对', found.map((/** @type {any} */ one) => one.message).join('；'), '没有错')
      if (sure) await this.send(true)
      return
    }
    if (problem.code !== 'measurement_invalid') throw problem
    for (const form of this.forms) form.problems = {}
    for (const one of found) {
      const form = this.forms.find((known) => known.fields.some((/** @type {any} */ field) => field.key === one.field && !known.shared.includes(one.field)))
      if (form) form.problems[one.field] = one.message
    }
    this.setData({ parts: this.drawn() })
    say(problem.title)
  },

  /** @param {any} result */
  show(result) {
    const results = [result].concat(result.also || []).map((/** @type {any} */ one) => ({
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

  back() {
    wx.navigateBack({ fail: () => wx.redirectTo({ url: '/pages/doctor/day' }) })
  },
})
