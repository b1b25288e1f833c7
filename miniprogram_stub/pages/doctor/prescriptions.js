const { get, post } = require('../../utils/api')
const { addDays, today } = require('../../utils/days')
const { callResident } = require('../../utils/dialling')
const { load, once, say } = require('../../utils/feedback')
const { clientId, dress, shared } = require('../../utils/page')
const { asCard, asDraft } = require('../../utils/prescriptions')

const REASONS = [
  { code: 'goal_not_met', name: '控制未达标' },
  { code: 'other_disease', name: '有其他病情，需换药' },
  { code: 'admitted', name: '住院' },
  { code: 'adverse', name: '药物不良反应' },
  { code: 'other', name: '其他原因' },
]
const SPANS = [28, 42, 56, 62, 84] // of which the region's rules allow some

Page({
  ...shared,
  data: {
    big: false, notice: '', state: 'loading', problem: '', needsLogin: false, busy: false, id: '', resident: null, rules: null,
    cards: [], canIssue: false, form: null, choices: [], spans: [], wrong: '', tapId: '', stopping: '', reasons: REASONS,
    reason: 'goal_not_met', bringing: '', bringOn: '', courier: '',
  },

  /** @param {any} options */
  onLoad(options) {
    this.setData({ id: options.id || '' })
  },

  onShow() {
    dress(this)
    this.reload()
  },

  reload() {
    return load(this, async () => {
      const { id } = this.data
      const found = await get(id ? `/api/doctor/residents/${id}/prescriptions` : '/api/doctor/prescriptions')
      const open = found.items.some((/** @type {any} */ row) => ['waiting', 'active'].includes(row.status))
      return { resident: found.resident || null, rules: found.rules || null, cards: found.items.map(asCard), canIssue: Boolean(id) && !open }
    })
  },

  issue() {
    return this.openForm({ rows: [], days: '28', startOn: today(), evaluation: '', isExtended: false, before: '' })
  },

  /** Prefilled with what runs. @param {any} event */
  renew(event) {
    const before = this.data.cards.find((card) => card.id === event.currentTarget.dataset.id)
    if (!this.data.id) return wx.redirectTo({ url: '/pages/doctor/prescriptions?id=' + before.resident.id })
    const rows = before.medicines.map((/** @type {any} */ row) => ({ ...row, times: String(row.times) }))
    const startOn = addDays(before.end_on, 1)
    return this.openForm({ rows, days: String(before.days), startOn, evaluation: '', isExtended: before.is_extended, before: before.id })
  },

  /** @param {any} form @returns {Promise<void>} */
  openForm(form) {
    return once(this, async () => {
      const { min_days: least, max_days: most } = this.data.rules
      const choices = this.data.choices.length ? this.data.choices : (await get('/api/doctor/medicines')).items
      const spans = SPANS.filter((days) => days >= least && days <= most)
      this.setData({ form, spans, wrong: '', tapId: clientId(), choices: marked(choices, form.rows) })
    })
  },

  closeForm() {
    this.setData({ form: null })
  },

  /** @param {any} event */
  pickMedicine(event) {
    const medicine = this.data.choices.find((one) => one.code === event.currentTarget.dataset.code)
    if (!medicine.is_allowed) return say(`${medicine.name}属于${medicine.class_label}，不能开长期处方`)
    const known = this.data.form.rows.filter((/** @type {any} */ row) => row.code !== medicine.code)
    const isNew = known.length === this.data.form.rows.length
    const rows = isNew ? [...known, { code: medicine.code, name: medicine.name, times: '1', dose: '1片' }] : known
    this.setData({ 'form.rows': rows, choices: marked(this.data.choices, rows), wrong: '' })
    return undefined
  },

  /** @param {any} event */
  onRow(event) {
    const { index, field } = event.currentTarget.dataset
    this.setData({ [`form.rows[${index}].${field}`]: event.detail.value })
  },

  /** @param {any} event */
  pickDays(event) {
    this.setData({ 'form.days': String(event.currentTarget.dataset.days) })
  },

  /** @param {any} event */
  onStart(event) {
    this.setData({ 'form.startOn': event.detail.value })
  },

  /** @param {any} event */
  onEvaluation(event) {
    this.setData({ 'form.evaluation': event.detail.value })
  },

  toggleExtended() {
    this.setData({ 'form.isExtended': !this.data.form.isExtended })
  },

  submit() {
    const { form, id, rules, tapId } = this.data
    const { draft, wrong } = asDraft(form, rules)
    this.setData({ wrong })
    if (wrong) return undefined
    return once(this, async () => {
      const address = form.before ? `/api/doctor/prescriptions/${form.before}/renew` : `/api/doctor/residents/${id}/prescriptions`
      const row = await post(address, { ...draft, client_id: tapId })
      this.setData({ form: null })
      await this.reload()
      say(row.status === 'waiting' ? '已开具，等居民阅读并签字' : '已开具')
    })
  },

  /** @param {any} event */
  askStop(event) {
    this.setData({ stopping: event.currentTarget.dataset.id })
  },

  /** @param {any} event */
  pickReason(event) {
    this.setData({ reason: event.currentTarget.dataset.code })
  },

  confirmStop() {
    return once(this, async () => {
      await post(`/api/doctor/prescriptions/${this.data.stopping}/stop`, { reason: this.data.reason, note: '' })
      this.setData({ stopping: '' })
      await this.reload()
      say('已停止')
    })
  },

  /** @param {any} event */
  askBring(event) {
    this.setData({ bringing: event.currentTarget.dataset.id, bringOn: addDays(today(), 1), courier: '' })
  },

  /** @param {any} event */
  onBringDay(event) {
    this.setData({ bringOn: event.detail.value })
  },

  /** @param {any} event */
  onCourier(event) {
    this.setData({ courier: event.detail.value })
  },

  confirmBring() {
    const { bringing, bringOn, courier } = this.data
    if (!courier.trim()) return say('请写送药人姓名')
    return once(this, async () => {
      await post(`/api/doctor/prescriptions/${bringing}/delivery`, { planned_on: bringOn, courier, note: '' })
      this.setData({ bringing: '' })
      await this.reload()
      say('已安排，前一天会提醒居民')
    })
  },

  closeSheet() {
    this.setData({ stopping: '', bringing: '' })
  },

  /** @param {any} event */
  callResident(event) {
    return callResident(this, event.currentTarget.dataset.resident)
  },
})

/** @param {any[]} choices @param {any[]} rows */
function marked(choices, rows) {
  return choices.map((one) => ({ ...one, on: rows.some((row) => row.code === one.code) }))
}
