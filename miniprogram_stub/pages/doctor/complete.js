const { get, listAll, post } = require('../../utils/api')
const { longDay, today } = require('../../utils/days')
const { callResident } = require('../../utils/dialling')
const { confirm, load, once, say } = require('../../utils/feedback')
const { asRow } = require('../../utils/followups')
const { dress, shared } = require('../../utils/page')
const { pressureProblem } = require('../../utils/pressure')

const METHODS = [
  { code: 'clinic', name: '门诊' },
  { code: 'home', name: '上门' },
  { code: 'phone', name: '电话' },
]

/** The follow-up the list handed over, or the list's own row when opened from elsewhere. @param {string} id */
async function findRow(id) {
  const { followup } = getApp().globalData
  if (followup && followup.id === id) return followup
  const rows = await listAll('/api/doctor/followups', 5)
  const found = rows.find((row) => row.id === id)
  if (!found) throw { title: '这次随访已经完成，或不归您的团队', code: 'not_found', status: 404 }
  return asRow(found)
}

/** What the hospital told; after an outpatient visit there is nothing. @param {string} id */
async function dischargeOf(id) {
  try {
    return await get(`/api/doctor/followups/${id}/discharge`)
  } catch (problem) {
    if (problem.status === 404) return null
    throw problem
  }
}

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', row: null, methods: METHODS,
    method: '', systolic: '', diastolic: '', note: '', visitedOn: '', isPrefilled: false, wrong: '', discharge: null, result: null, nextDay: '',
  },

  /** @param {any} query */
  onLoad(query) {
    this.setData({ id: query.id, visitedOn: today() })
    this.reload()
  },

  onShow() {
    dress(this)
  },

  reload() {
    return load(this, async () => {
      const row = await findRow(this.data.id)
      const { last } = row
      const method = row.kind === 'home_visit' ? 'home' : this.data.method
      const discharge = row.kind === 'discharge' ? await dischargeOf(row.id) : null
      if (!last || this.data.systolic) return { row, method, discharge }
      return { row, method, discharge, systolic: String(last.systolic), diastolic: String(last.diastolic), isPrefilled: true }
    })
  },

  /** @param {any} e */
  pickMethod(e) {
    this.setData({ method: e.currentTarget.dataset.code })
  },

  /** @param {any} e */
  onField(e) {
    const { field } = e.currentTarget.dataset
    this.setData({ [field]: e.detail.value, wrong: '', ...(field === 'note' ? {} : { isPrefilled: false }) })
  },

  /** @param {any} e */
  onDate(e) {
    this.setData({ visitedOn: e.detail.value })
  },

  /** @param {any} e */
  callResident(e) {
    return callResident(this, e.currentTarget.dataset.resident)
  },

  /** A home visit may go without a measurement; a blood-pressure follow-up may not. @returns {string} */
  findProblem() {
    const { method, systolic, diastolic, row } = this.data
    if (!method) return '请选随访方式'
    if (row.kind !== 'htn' && !systolic && !diastolic) return ''
    return pressureProblem(systolic, diastolic)
  },

  async submit() {
    const wrong = this.findProblem()
    this.setData({ wrong })
    if (wrong) {
      say(wrong)
      return
    }
    if (this.data.isPrefilled) {
      const { systolic, diastolic } = this.data
      const same = await confirm('请核对血压', `${systolic}/${diastolic} 是上次的数值，这次量的也是这样吗？`, '是的')
      if (!same) return
    }
    await once(this, () => this.send())
  },

  async send() {
    const { id, method, systolic, diastolic, note, visitedOn } = this.data
    /** @type {any} */
    const report = { visited_on: visitedOn, method }
    if (systolic) Object.assign(report, { systolic: Number(systolic), diastolic: Number(diastolic) })
    if (note.trim()) report.note = note.trim()
    const result = await post(`/api/doctor/followups/${id}/complete`, report)
    getApp().globalData.followup = null
    this.setData({ result, nextDay: result.next ? longDay(result.next.due_on) : '' })
    wx.setNavigationBarTitle({ title: result.emergency ? '紧急处理' : '随访完成' })
    wx.pageScrollTo({ scrollTop: 0, duration: 0 })
  },

  back() {
    wx.navigateBack({ fail: () => wx.redirectTo({ url: '/pages/doctor/followups' }) })
  },
})
