const { listAll, post } = require('../../utils/api')
const { shortDay, today } = require('../../utils/days')
const { callResident } = require('../../utils/dialling')
const { load, once, say } = require('../../utils/feedback')
const { dress, shared } = require('../../utils/page')
const { personLine } = require('../../utils/people')

const PROGRAMMES = [
  { code: 'htn', name: '血压随访' },
  { code: 'home_visit', name: '每月上门' },
]

/** @param {any} row a PanelResident */
const asRow = (row) => ({
  ...row,
  person: personLine(row),
  endDay: row.agreement_end_on,
  nextDay: row.next_due_on,
})

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, rows: [],
    programmes: PROGRAMMES, enrolling: null, programme: '', startOn: '',
  },

  onShow() {
    dress(this)
    this.reload()
  },

  onPullDownRefresh() {
    this.reload().then(() => wx.stopPullDownRefresh())
  },

  reload() {
    return load(this, async () => ({ rows: (await listAll('/api/doctor/residents')).map(asRow) }))
  },

  /** @param {any} e */
  callResident(e) {
    return callResident(this, e.currentTarget.dataset.resident)
  },

  /** @param {any} e */
  startEnrolling(e) {
    const enrolling = this.data.rows.find((item) => item.id === e.currentTarget.dataset.id)
    this.setData({ enrolling, programme: '', startOn: today() })
  },

  stopEnrolling() {
    if (!this.data.busy) this.setData({ enrolling: null })
  },

  /** Keeps a tap on the sheet from closing it. */
  stay() {},

  /** @param {any} e */
  pickProgramme(e) {
    this.setData({ programme: e.currentTarget.dataset.code })
  },

  /** @param {any} e */
  onDate(e) {
    this.setData({ startOn: e.detail.value })
  },

  enrol() {
    const { enrolling, programme, startOn } = this.data
    if (!programme) return say('请选一项服务')
    return once(this, async () => {
      const first = await post(`/api/doctor/residents/${enrolling.id}/enrolments`, { programme, start_on: startOn })
      this.setData({ enrolling: null })
      say('已安排，第一次 ' + shortDay(first.due_on))
      await this.reload()
    })
  },
})
