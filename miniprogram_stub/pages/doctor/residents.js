const { listAll, post } = require('../../utils/api')
const { shortDay, today } = require('../../utils/days')
const { callResident } = require('../../utils/dialling')
const { confirm, load, once, say } = require('../../utils/feedback')
const { dress, open, shared } = require('../../utils/page')
const { personLine } = require('../../utils/people')

const PROGRAMMES = [
  { code: 'htn', name: '血压随访' },
  { code: 'home_visit', name: '每月上门' },
]

const EVENTS = [
  { code: 'death', name: '去世' },
  { code: 'moved', name: '迁出' },
]

/** @param {any} row a PanelResident */
const asRow = (row) => ({
  ...row,
  person: personLine(row),
  endDay: row.agreement_end_on,
  isLeaving: row.agreement_status === 'termination_requested',
  nextDay: row.next_due_on,
  certain: row.real_name_state === 'verified' || row.real_name_state === 'staff_seen',
})

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, rows: [],
    programmes: PROGRAMMES, enrolling: null, programme: '', startOn: '',
    events: EVENTS, closing: null, event: '', closedOn: '', lastDay: '',
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
  serve(e) {
    open('/pages/doctor/service?id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  refer(e) {
    open('/pages/doctor/refer?id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  openPrescriptions(e) {
    open('/pages/doctor/prescriptions?id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  openMeasured(e) {
    open('/pages/doctor/trend?id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  openGroups(e) {
    open('/pages/doctor/population?id=' + e.currentTarget.dataset.id)
  },

  /** @param {any} e */
  openNotices(e) {
    const { id, name } = e.currentTarget.dataset
    open(`/pages/doctor/notices?resident=${id}&name=${encodeURIComponent(name)}`)
  },

  /** @param {any} e */
  startEnrolling(e) {
    const enrolling = this.data.rows.find((item) => item.id === e.currentTarget.dataset.id)
    this.setData({ enrolling, programme: '', startOn: today() })
  },

  /** @param {any} e */
  async seen(e) {
    const row = this.data.rows.find((item) => item.id === e.currentTarget.dataset.id)
    const sure = await confirm('核对原件', `您当面看过 ${row.person} 的证件原件，人和证件一致？`, '一致')
    if (!sure) return
    await once(this, async () => {
      const answer = await post(`/api/doctor/residents/${row.id}/seen`)
      say(answer.real_name_label)
      await this.reload()
    })
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

  /** @param {any} e */
  startClosing(e) {
    const closing = this.data.rows.find((item) => item.id === e.currentTarget.dataset.id)
    this.setData({ closing, event: '', closedOn: today(), lastDay: today() })
  },

  stopClosing() {
    if (!this.data.busy) this.setData({ closing: null })
  },

  /** @param {any} e */
  pickEvent(e) {
    this.setData({ event: e.currentTarget.dataset.code })
  },

  /** @param {any} e */
  onClosedOn(e) {
    this.setData({ closedOn: e.detail.value })
  },

  async close() {
    const { closing, event, closedOn } = this.data
    const chosen = EVENTS.find((item) => item.code === event)
    if (!chosen) return say('请选去世或迁出')
    const sure = await confirm(`登记${chosen.name}`, `${closing.person}\n${closedOn}\n签约终止，预约、随访和提醒一并取消。`, '登记')
    if (!sure) return undefined
    return once(this, async () => {
      await post(`/api/doctor/agreements/${closing.agreement_id}/close`, { event, on: closedOn })
      this.setData({ closing: null })
      say(`已登记${chosen.name}`)
      await this.reload()
    })
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
